#include "tools/cli/run_tool.h"
#include "tools/doctor/doctor_main_lib.h"

int main(int argc, char** argv) { return asap::RunTool(argc, argv, asap::DoctorHelp(), asap::DoctorMain); }
