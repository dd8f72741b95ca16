#include "tools/cli/run_tool.h"
#include "tools/preprocess/preprocess_main_lib.h"

int main(int argc, char** argv) { return asap::RunTool(argc, argv, asap::PreprocessHelp(), asap::PreprocessMain); }
