#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/train/warmup_cosine.h"
#include "modules/heads/head.h"
#include "tests/golden/heads/head_run.h"
#include "tests/golden/heads/kinds.h"

namespace asap::golden {
namespace {

using nlohmann::json;

template <typename T>
absl::Status ReplayCase(const json& log, const TaskFile& file, const NamedPrecision& run, Rows& rows) {
  const json& cfg = log.at("cfg");
  const std::string name = cfg.at("name").get<std::string>(), loss = cfg.at("loss").get<std::string>();
  if (loss != "bce" && loss != "ce") return Damaged(absl::StrCat("unknown loss ", loss));
  const bool strict = run.type == at::kDouble, binary = loss == "bce";
  ASAP_ASSIGN_OR_RETURN(const at::Tensor features, Input(file, name + "/features"));
  ASAP_ASSIGN_OR_RETURN(const at::Tensor label, Input(file, name + "/label"));
  const HeadOptions options =
      LinearHead(binary ? HeadLoss::kBinary : HeadLoss::kSoftmax, cfg.at("E").get<int64_t>(), cfg.at("C").get<int64_t>());
  NamedTensors start;
  for (const char* end : {"head.weight", "head.bias"}) {
    const auto weight = file.weights.find(absl::StrCat(name, "/", end));
    if (weight != file.weights.end()) start.push_back({end, weight->second});
  }
  ASAP_ASSIGN_OR_RETURN(std::vector<HeadLayer<T>> layers, LayersOf<T>(options, start));
  HeadStepper<T> head(options, std::move(layers));

  // Of single numbers of the log in float32: what weights may differ by, summed over all of them.
  const auto final_weight = file.values.find(absl::StrCat("out64/", name, "/head.weight"));
  if (final_weight == file.values.end()) return Damaged(absl::StrCat("it has no out64/", name, "/head.weight"));
  const double each = (strict ? 1e-10 : 2e-5) * final_weight->second.abs().max().item<double>();
  const double count = static_cast<double>(final_weight->second.numel());
  const json& batches = log.at("batches");
  int64_t clipped = 0;
  for (size_t i = 0; i < batches.size(); ++i) {
    const at::Tensor cases = at::tensor(batches.at(i).get<std::vector<int64_t>>(), at::kLong);
    const at::Tensor x = features.index_select(0, cases).to(run.type).contiguous();
    const at::Tensor y = label.index_select(0, cases);
    const TargetTensors targets = binary ? Typed(y, {}, {}, run.type) : Typed({}, y.flatten(), {}, run.type);
    const double rate = cfg.at("lr").get<double>() *
                        WarmupCosine(static_cast<int64_t>(i), cfg.at("warmup").get<int64_t>(), cfg.at("T").get<int64_t>());
    const HeadStep step = head.Step(x.template const_data_ptr<T>(), x.size(0), TargetsOf<T>(targets),
                                    {.learning_rate = rate, .weight_decay = cfg.at("wd").get<double>()}, /*dropout_key=*/0);
    clipped += step.gradient_norm + 1e-6 > 1;
    const NamedTensors now = TensorsOf(options, head.layers());
    const at::Tensor weight = now[0].tensor.to(at::kDouble), bias = now[1].tensor.to(at::kDouble);
    for (const char* reference : {"f64", "f32"}) {
      if ((strict && std::string(reference) == "f32") || !log.contains(reference)) continue;
      const json& expected = log.at(reference).at("log").at(i);
      const auto add = [&](const char* field, double actual, double absolute) {
        rows.push_back(Compare(absl::StrCat(run.name, " ", name, "/", reference, ".log[", i, "].", field), actual,
                               expected.at(field).get<double>(), {.absolute = absolute}));
      };
      const auto limit = [&](const char* field) {
        return strict ? 1e-10 * std::max(1.0, std::abs(expected.at(field).get<double>()))
                      : 1e-4 * std::max(std::abs(expected.at(field).get<double>()), 1e-2);
      };
      add("lr", rate, 1e-12);
      add("loss", step.loss, limit("loss"));
      add("grad_norm", step.gradient_norm, limit("grad_norm"));
      add("w_sum", weight.sum().item<double>(), each * count);
      add("w_l2", weight.norm().item<double>(), each * std::sqrt(count));
      add("b_sum", bias.sum().item<double>(), each * static_cast<double>(bias.numel()));
    }
  }
  rows.push_back(Compare(absl::StrCat(run.name, " ", name, "/clipped_steps"), static_cast<double>(clipped),
                         log.at("clipped_steps").get<double>(), kExact));
  for (const NamedTensor& end : TensorsOf(options, head.layers())) {
    for (const char* reference : {"out64/", "out32/"}) {
      const auto expected = file.values.find(absl::StrCat(reference, name, "/", end.name));
      if (expected == file.values.end() || (strict && std::string(reference) == "out32/")) continue;
      rows.push_back(Compare(absl::StrCat(run.name, " ", name, "/", reference, end.name), end.tensor, expected->second,
                             {.relative = strict ? 1e-10 : 2e-5}));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReplayProbe(const json& log, const TaskFile& file, const NamedPrecision& run, Rows& rows) {
  const json& cases = log.at("cases");
  const json& told = file.meta.at("cases");
  for (size_t i = 0; i < cases.size(); ++i) {
    if (told.at(i) != cases.at(i).at("cfg")) return Damaged("its two files are not of the same cases");
    ASAP_RETURN_IF_ERROR(run.type == at::kDouble ? ReplayCase<double>(cases.at(i), file, run, rows)
                                                 : ReplayCase<float>(cases.at(i), file, run, rows));
  }
  return absl::OkStatus();
}

}  // namespace asap::golden
