#include "tools/benchmark/benchmark_main_lib.h"

int main(int argc, char** argv) { return asap::RunTool(argc, argv, asap::BenchmarkHelp(), asap::BenchmarkMain); }
