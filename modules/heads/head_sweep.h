// Which heads to train when the hyper-parameters are not given: a grid, trained in one pass, of which the best is taken on the
// validation cases alone.
//
//   ASAP_ASSIGN_OR_RETURN(std::vector<HeadRun> runs, TrainHeads(problem, training, HeadGrid(/*feature_sets=*/2,
//   DefaultHeadSweep()))); const HeadRun& chosen = runs[BestHead(runs)];
#ifndef ASAP_MODULES_HEADS_HEAD_SWEEP_H_
#define ASAP_MODULES_HEADS_HEAD_SWEEP_H_

#include <cstddef>
#include <vector>

#include "modules/heads/train_heads.h"

namespace asap {

struct HeadSweep {
  std::vector<double> learning_rates;
  std::vector<double> weight_decays;
};

// The default of the strict protocol. Rates: the published tasks take 1.5e-3 to 3e-2 with one rate for each task and fraction;
// three of them a factor of about 3 apart, from below that range to its middle. AdamW moves a weight by about the rate in each
// step, so that on features of unit variance higher ones mostly make scores of the same order at a larger scale. Decays: AdamW
// shrinks weights by exp(-rate * decay * steps / 2) over a training with a cosine. At the published 1e-5 and 1e-2 that is nothing
// for all of these rates and thousands of steps; 1 is a real shrinkage, which pays with few labels. A small grid on purpose: on
// small validation sets the best of many heads is the luckiest.
HeadSweep DefaultHeadSweep();

// Every feature set with every rate and decay, in this order of nesting.
std::vector<HeadCandidate> HeadGrid(size_t feature_sets, const HeadSweep& sweep);

// The index of the run of the highest validation score; the first of equals. 0 where none has a score. `runs` is not empty.
size_t BestHead(const std::vector<HeadRun>& runs);

}  // namespace asap

#endif  // ASAP_MODULES_HEADS_HEAD_SWEEP_H_
