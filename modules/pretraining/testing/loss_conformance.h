// What every loss of pre-training must do, whatever it computes. A plug-in's test calls one function:
//
//   TEST(MyLossTest, Conforms) { CheckLoss([] { return MyModelWithThatLoss(); }, spec, {}); }
//
// Failures are reported through GoogleTest.
#ifndef ASAP_MODULES_PRETRAINING_TESTING_LOSS_CONFORMANCE_H_
#define ASAP_MODULES_PRETRAINING_TESTING_LOSS_CONFORMANCE_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "core/encoder.h"
#include "core/train/model.h"
#include "modules/pretraining/testing/synthetic_batch.h"

namespace asap {

// For a model that trains with the loss (alone or with what it needs): terms are finite scalars with names; two passes agree; a
// few plain gradient steps on one batch lower the sum; a batch of one works; so do batches without masks and without sentences;
// parameter names are unique and each parameter is a leaf. `text` says what reports of the synthetic batches look like.
void CheckLoss(const std::function<absl::StatusOr<std::unique_ptr<TrainableModel>>()>& make, const EncoderSpec& spec,
               const SyntheticBatchOptions& text);

}  // namespace asap

#endif  // ASAP_MODULES_PRETRAINING_TESTING_LOSS_CONFORMANCE_H_
