#include "tools/cli/run_tool.h"
#include "tools/import/import_main_lib.h"

int main(int argc, char** argv) { return asap::RunTool(argc, argv, asap::ImportHelp(), asap::ImportMain); }
