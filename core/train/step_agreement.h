// What the processes of a group tell each other after each update, in one exchange: the means of the loss terms, and what
// somebody wishes to happen next.
#ifndef ASAP_CORE_TRAIN_STEP_AGREEMENT_H_
#define ASAP_CORE_TRAIN_STEP_AGREEMENT_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "core/distributed/process_group.h"

namespace asap {

struct StepShare {
  // This process's part of each mean, in any order, then the whole means, in the same order everywhere.
  std::vector<std::pair<std::string, double>> means;
  bool not_finite = false;  // a loss of this process, then of any
  // Wishes of this process, then of any.
  bool stop = false, time_is_up = false, save = false;
};

class StepAgreement {
 public:
  // `group` may be null: then everything stays as it is. It must outlive this.
  explicit StepAgreement(ProcessGroup* group) : group_(group) {}

  absl::Status Agree(StepShare& share);

 private:
  // One attempt, which says whether some process has a term that the others do not know yet.
  absl::Status Exchange(StepShare& share, bool& unknown_terms);

  ProcessGroup* const group_;
  std::vector<std::string> terms_;  // that any process has had
};

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_STEP_AGREEMENT_H_
