// tools:doctor: what is installed, how LibTorch was built, and what a configuration needs.
#ifndef ASAP_TOOLS_DOCTOR_DOCTOR_MAIN_LIB_H_
#define ASAP_TOOLS_DOCTOR_DOCTOR_MAIN_LIB_H_

#include "absl/status/status.h"
#include "tools/cli/cli.h"

namespace asap {

ToolHelp DoctorHelp();
absl::Status DoctorMain();

}  // namespace asap

#endif  // ASAP_TOOLS_DOCTOR_DOCTOR_MAIN_LIB_H_
