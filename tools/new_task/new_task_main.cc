#include "tools/cli/run_tool.h"
#include "tools/new_task/new_task_main_lib.h"

int main(int argc, char** argv) { return asap::RunTool(argc, argv, asap::NewTaskHelp(), asap::NewTaskMain); }
