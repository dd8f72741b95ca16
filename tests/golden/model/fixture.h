// What the replays share: a model of a fixture's configuration in the published behaviour, and one step of it taken apart.
#ifndef ASAP_TESTS_GOLDEN_MODEL_FIXTURE_H_
#define ASAP_TESTS_GOLDEN_MODEL_FIXTURE_H_

#include <ATen/core/TensorBody.h>

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "modules/asap/asap.h"
#include "modules/layers/taps.h"
#include "modules/pretraining/batch.h"
#include "tests/golden/model/guarded.h"
#include "tests/golden/model/replay.h"
#include "tests/golden/row.h"

namespace asap::golden {

// From "cfg" of a model case, or from a true-size file, which has sizes of the volume alone. Throws nlohmann's exceptions.
AsapConfig ConfigOfCase(const nlohmann::json& cfg);
AsapConfig ConfigOfTrueSize(const nlohmann::json& file);

struct Step {
  Taps taps;                               // by the fixtures' names
  std::map<std::string, at::Tensor> loss;  // mim, injection, mlm, align, align_sent2img, align_img2sent, total
  at::Tensor total;                        // with its graph
};

// The batch as training has it on that device: all but the masks are there.
Batch OnDevice(Batch batch, c10::Device device);

// One forward pass in evaluation mode. Taps, with derived values (pixel_mask, pred_img, aki_target) added, and losses are brought
// to the CPU.
absl::StatusOr<Step> RunStep(AsapModel& model, const Batch& batch);

}  // namespace asap::golden

#endif  // ASAP_TESTS_GOLDEN_MODEL_FIXTURE_H_
