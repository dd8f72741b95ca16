#include "core/train/step_agreement.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/status.h"

namespace asap {
namespace {

enum Place { kUnknown, kNotFinite, kStop, kTimeIsUp, kSave, kFirstTerm };

}  // namespace

absl::Status StepAgreement::Agree(StepShare& share) {
  if (group_ == nullptr) return absl::OkStatus();
  bool unknown_terms = false;
  StepShare agreed = share;
  ASAP_RETURN_IF_ERROR(Exchange(agreed, unknown_terms));
  if (unknown_terms) {  // on the first step, and where a loss gives a term for the first time
    std::vector<std::string> names;
    for (const auto& [name, mean] : share.means) names.push_back(name);
    ASAP_ASSIGN_OR_RETURN(const std::vector<std::string> all, group_->Gather(absl::StrJoin(names, "\n")));
    for (const std::string& of_rank : all) {
      for (const absl::string_view name : absl::StrSplit(of_rank, '\n', absl::SkipEmpty())) {
        if (std::find(terms_.begin(), terms_.end(), name) == terms_.end()) terms_.emplace_back(name);
      }
    }
    agreed = share;
    ASAP_RETURN_IF_ERROR(Exchange(agreed, unknown_terms));
  }
  share = std::move(agreed);
  return absl::OkStatus();
}

absl::Status StepAgreement::Exchange(StepShare& share, bool& unknown_terms) {
  // For each term the sum, and how many processes have it.
  std::vector<double> numbers(kFirstTerm + 2 * terms_.size());
  numbers[kNotFinite] = share.not_finite;
  numbers[kStop] = share.stop;
  numbers[kTimeIsUp] = share.time_is_up;
  numbers[kSave] = share.save;
  for (const auto& [name, mean] : share.means) {
    const size_t term = std::find(terms_.begin(), terms_.end(), name) - terms_.begin();
    if (term == terms_.size()) {
      numbers[kUnknown] = 1;
    } else {
      numbers[kFirstTerm + 2 * term] = mean;
      numbers[kFirstTerm + 2 * term + 1] = 1;
    }
  }
  ASAP_RETURN_IF_ERROR(group_->AllReduceSum(absl::MakeSpan(numbers)));
  unknown_terms = numbers[kUnknown] > 0;
  share.not_finite = numbers[kNotFinite] > 0;
  share.stop = numbers[kStop] > 0;
  share.time_is_up = numbers[kTimeIsUp] > 0;
  share.save = numbers[kSave] > 0;
  share.means.clear();
  for (size_t term = 0; term < terms_.size(); ++term) {
    if (numbers[kFirstTerm + 2 * term + 1] > 0) share.means.emplace_back(terms_[term], numbers[kFirstTerm + 2 * term]);
  }
  return absl::OkStatus();
}

}  // namespace asap
