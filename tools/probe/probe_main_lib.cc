#include "tools/probe/probe_main_lib.h"

#include <gflags/gflags.h>

#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/io/safetensors.h"
#include "core/metrics/auroc.h"
#include "core/metrics/ridge_probe.h"
#include "tools/probe/features.h"

DEFINE_string(weights, "", "Encoder weights: the encoder.safetensors that tools:pretrain leaves.");
DEFINE_string(encoder, "asap", "Registered encoder that reads the weights.");
DEFINE_string(data, "phantom", "Registered dataset with labels and the splits train and test.");
DEFINE_string(data_root, "", "Folder of the dataset.");
DEFINE_int32(train_cases, 400, "Labelled cases that the probe is fitted on.");
DEFINE_int32(test_cases, 400, "Cases that it is scored on.");
DEFINE_uint64(seed, 1000, "Seed of the phantom; another one than pre-training's, so that no patient is shared.");

namespace asap {
namespace {

struct Split {
  std::unique_ptr<Dataset> dataset;
  std::vector<int64_t> cases;
  at::Tensor labels;
};

absl::StatusOr<Split> OpenSplit(const std::string& split, int64_t count, const EncoderSpec& spec) {
  DatasetOptions options{.root = UserPath(FLAGS_data_root), .split = split};
  if (FLAGS_data == "phantom") {
    options.parameters = {{"cases", absl::StrCat(8 * (FLAGS_train_cases + FLAGS_test_cases))},
                          {"seed", absl::StrCat(FLAGS_seed)},
                          {"size", absl::StrCat(spec.volume[0], "x", spec.volume[1], "x", spec.volume[2])}};
  }
  Split result;
  ASAP_ASSIGN_OR_RETURN(result.dataset, OpenDataset(FLAGS_data, options));
  for (int64_t i = 0; i < result.dataset->size() && static_cast<int64_t>(result.cases.size()) < count; ++i)
    result.cases.push_back(i);
  ASAP_ASSIGN_OR_RETURN(result.labels, LabelMatrix(*result.dataset, result.cases));
  return result;
}

// AUROC of each label; NaN where the test cases are of one class.
absl::StatusOr<std::vector<double>> Score(Encoder& encoder, const Split& train, const Split& test) {
  ASAP_ASSIGN_OR_RETURN(const at::Tensor fit, MeanPooledFeatures(encoder, *train.dataset, train.cases));
  ASAP_ASSIGN_OR_RETURN(const at::Tensor held_out, MeanPooledFeatures(encoder, *test.dataset, test.cases));
  const at::Tensor scores = RidgeProbe(fit, train.labels.nan_to_num(0), held_out);
  std::vector<double> areas;
  for (int64_t label = 0; label < scores.size(1); ++label) {
    std::vector<double> column;
    std::unique_ptr<bool[]> positive(new bool[scores.size(0)]);
    for (int64_t row = 0; row < scores.size(0); ++row) {
      const double truth = test.labels[row][label].item<double>();
      if (truth != truth) continue;
      positive[column.size()] = truth > 0.5;
      column.push_back(scores[row][label].item<double>());
    }
    areas.push_back(Auroc(column, absl::MakeConstSpan(positive.get(), column.size())).value_or(NAN));
  }
  return areas;
}

double MeanOfDefined(const std::vector<double>& values) {
  double sum = 0, count = 0;
  for (double value : values) {
    if (value == value) sum += value, ++count;
  }
  return count > 0 ? sum / count : NAN;
}

}  // namespace

ToolHelp ProbeHelp() {
  return {.name = "probe",
          .summary =
              "Fits a linear probe (ridge, mean-pooled patch tokens) on a frozen encoder and prints the AUROC of each finding\n"
              "on held-out cases, beside that of the same encoder with random weights. A quick look, without intervals.",
          .examples = {"./tools/bazel run //tools:probe -- --weights=asap_runs/demo/encoder.safetensors"}};
}

absl::Status ProbeMain() {
  if (FLAGS_weights.empty())
    return absl::InvalidArgumentError("--weights=FILE is needed: an encoder.safetensors of tools:pretrain");
  const std::string weights = UserPath(FLAGS_weights);
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<Encoder> trained, LoadEncoder(FLAGS_encoder, {.weights = weights}));
  EncoderOptions untrained{.seed = 1};
  ASAP_ASSIGN_OR_RETURN(untrained.parameters, ReadSafetensorsMetadata(weights));
  untrained.parameters.erase("format");
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<Encoder> random, LoadEncoder(FLAGS_encoder, untrained));
  ASAP_ASSIGN_OR_RETURN(const Split train, OpenSplit("train", FLAGS_train_cases, trained->spec()));
  ASAP_ASSIGN_OR_RETURN(const Split test, OpenSplit("test", FLAGS_test_cases, trained->spec()));
  ASAP_ASSIGN_OR_RETURN(const std::vector<double> before, Score(*random, train, test));
  ASAP_ASSIGN_OR_RETURN(const std::vector<double> after, Score(*trained, train, test));

  std::printf("AUROC on %zu held-out cases, probe fitted on %zu\n%-36s %8s %8s\n", test.cases.size(), train.cases.size(),
              "finding", "random", "trained");
  const std::vector<std::string>& names = test.dataset->card().label_names;
  for (size_t i = 0; i < names.size(); ++i) std::printf("%-36s %8.3f %8.3f\n", names[i].c_str(), before[i], after[i]);
  std::printf("%-36s %8.3f %8.3f\n", "mean", MeanOfDefined(before), MeanOfDefined(after));
  return absl::OkStatus();
}

}  // namespace asap
