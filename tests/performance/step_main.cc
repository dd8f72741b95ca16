#include "tests/performance/step_main_lib.h"

int main(int argc, char** argv) { return asap::RunTool(argc, argv, asap::StepHelp(), asap::StepMain); }
