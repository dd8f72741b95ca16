// Runs a program of this repository as a user would, and keeps what it said.
#ifndef ASAP_TESTS_END_TO_END_PROGRAM_H_
#define ASAP_TESTS_END_TO_END_PROGRAM_H_

#include <csignal>
#include <functional>
#include <string>
#include <vector>

namespace asap {

struct ProgramResult {
  int exit_code = -1;  // 128 + signal where a signal ended it
  std::string output;  // standard output
  std::string errors;  // standard error
};

struct ProgramOptions {
  // Called about every 20 ms while the program runs; true sends `signal`.
  std::function<bool()> kill_when;
  int signal = SIGKILL;
};

// `program` is a runfile such as "asap/tools/pretrain/pretrain"; relative paths in `arguments` count from the test's temporary
// folder.
ProgramResult RunProgram(const std::string& program, const std::vector<std::string>& arguments,
                         const ProgramOptions& options = {});

}  // namespace asap

#endif  // ASAP_TESTS_END_TO_END_PROGRAM_H_
