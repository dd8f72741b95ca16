#include "tests/performance/step_main_lib.h"
#include "tools/cli/run_tool.h"

int main(int argc, char** argv) { return asap::RunTool(argc, argv, asap::StepHelp(), asap::StepMain); }
