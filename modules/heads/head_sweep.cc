#include "modules/heads/head_sweep.h"

namespace asap {

HeadSweep DefaultHeadSweep() { return {.learning_rates = {1e-3, 3e-3, 1e-2}, .weight_decays = {1e-5, 1}}; }

std::vector<HeadCandidate> HeadGrid(size_t feature_sets, const HeadSweep& sweep) {
  std::vector<HeadCandidate> candidates;
  for (size_t set = 0; set < feature_sets; ++set) {
    for (const double rate : sweep.learning_rates) {
      for (const double decay : sweep.weight_decays) candidates.push_back({static_cast<int64_t>(set), rate, decay});
    }
  }
  return candidates;
}

size_t BestHead(const std::vector<HeadRun>& runs) {
  size_t best = 0;
  for (size_t i = 1; i < runs.size(); ++i) {
    const std::optional<double>&score = runs[i].best_score, &most = runs[best].best_score;
    if (score.has_value() && (!most.has_value() || *score > *most)) best = i;
  }
  return best;
}

}  // namespace asap
