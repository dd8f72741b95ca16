#include "tools/cli/run_tool.h"
#include "tools/verify/verify_main_lib.h"

int main(int argc, char** argv) { return asap::RunTool(argc, argv, asap::VerifyHelp(), asap::VerifyMain); }
