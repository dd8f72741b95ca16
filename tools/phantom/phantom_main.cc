#include "tools/cli/run_tool.h"
#include "tools/phantom/phantom_main_lib.h"

int main(int argc, char** argv) { return asap::RunTool(argc, argv, asap::PhantomHelp(), asap::PhantomMain); }
