#include "tools/cli/run_tool.h"
#include "tools/pretrain/pretrain_main_lib.h"

int main(int argc, char** argv) { return asap::RunTool(argc, argv, asap::PretrainHelp(), asap::PretrainMain); }
