#include "tools/probe/probe_main_lib.h"

int main(int argc, char** argv) { return asap::RunTool(argc, argv, asap::ProbeHelp(), asap::ProbeMain); }
