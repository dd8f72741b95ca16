#include "tools/cli/run_tool.h"
#include "tools/export/export_main_lib.h"

int main(int argc, char** argv) { return asap::RunTool(argc, argv, asap::ExportHelp(), asap::ExportMain); }
