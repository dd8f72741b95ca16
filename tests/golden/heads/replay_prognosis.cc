#include <cmath>
#include <limits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "core/base/status.h"
#include "core/metrics/cindex.h"
#include "modules/heads/head.h"
#include "modules/vit3d/vision_transformer.h"
#include "tests/golden/heads/head_run.h"
#include "tests/golden/heads/kinds.h"

namespace asap::golden {
namespace {

using nlohmann::json;

bool IsDouble(const NamedPrecision& run) { return run.type == at::kDouble; }

// Losses that the meta tells under "loss64" and "loss32".
void CompareMetaLosses(const json& meta, const std::string& prefix, const HeadStep& step, bool survival,
                       const NamedPrecision& run, Rows& rows) {
  std::map<std::string, double> losses = {{"total", step.loss}};
  if (survival) losses.insert({{"nll", step.likelihood}, {"bce", step.flags}});
  for (const char* reference : {"loss64", "loss32"}) {
    if (!meta.contains(reference) || (IsDouble(run) && std::string(reference) == "loss32")) continue;
    for (const auto& [name, expected] : meta.at(reference).items()) {
      const double at_most = meta.at("loss64").at(name).get<double>();
      // Where logits saturate, the reference's own float32 run differs from its float64 run by more than the limit.
      Tolerance tolerance = TaskTolerance("loss", run);
      if (!IsDouble(run) && meta.contains("loss32")) {
        tolerance.absolute = 2 * std::abs(meta.at("loss32").at(name).get<double>() - at_most);
      }
      const auto found = losses.find(name);
      const double actual = found != losses.end() ? found->second : std::numeric_limits<double>::quiet_NaN();
      rows.push_back(
          Compare(absl::StrCat(run.name, " ", prefix, reference, "/", name), actual, expected.get<double>(), tolerance));
    }
  }
}

void CompareCIndex(const json& meta, const std::string& key, const TargetTensors& targets, const at::Tensor& logits, Rows& rows) {
  if (!meta.contains("c_index")) return;
  const at::Tensor risk = SurvivalRisk(logits.to(at::kDouble), /*as_published=*/true).contiguous();
  const at::Tensor time = targets.classes.to(at::kDouble), event = targets.events.ne(0).contiguous();
  const auto span = [](const at::Tensor& values) { return absl::MakeConstSpan(values.const_data_ptr<double>(), values.numel()); };
  const std::optional<double> index =
      WeightedCIndex(span(time), span(risk), absl::MakeConstSpan(event.const_data_ptr<bool>(), event.numel()))();
  const json& expected = meta.at("c_index");
  if (!expected.is_number()) {  // "nan" or an error: nothing is comparable
    rows.push_back(Compare(key, index.has_value(), 0, kExact));
    return;
  }
  rows.push_back(
      Compare(key, index.value_or(std::numeric_limits<double>::quiet_NaN()), expected.get<double>(), {.relative = 1e-12}));
}

absl::StatusOr<TargetTensors> SurvivalTargets(const TaskFile& file, const std::string& prefix, const NamedPrecision& run) {
  ASAP_ASSIGN_OR_RETURN(const at::Tensor flags, Input(file, prefix + "flags"));
  ASAP_ASSIGN_OR_RETURN(const at::Tensor time, Input(file, prefix + "time_idx"));
  ASAP_ASSIGN_OR_RETURN(const at::Tensor event, Input(file, prefix + "event"));
  if (time.lt(0).logical_or(time.ge(flags.size(1))).any().item<bool>()) return Damaged("an interval that is none");
  return Typed(flags, time, event, run.type);
}

}  // namespace

absl::Status ReplayPrognosis(const TaskFile& file, const NamedPrecision& run, Rows& rows) {
  const json& cfg = file.meta.at("cfg");
  const std::string task = cfg.at("task").get<std::string>();
  if (task != "INSPECT" && task != "Stoic") return Damaged(absl::StrCat("unknown task ", task));
  const bool survival = task == "INSPECT";
  ASAP_ASSIGN_OR_RETURN(const FrozenEncoder encoder, EncoderOf(file, "backbone.", run.type));
  ASAP_ASSIGN_OR_RETURN(const at::Tensor image, Input(file, "image"));
  const at::NoGradGuard no_grad;
  const int64_t width = encoder.model->options().width, last = encoder.model->options().depth - 1;
  std::vector<at::Tensor> outputs;
  encoder.model->Encode(image.to(run.type), {last}, &outputs);
  TensorMap computed;
  computed["mid/pooled"] = outputs[0].slice(1, 1).mean(1);
  const at::Tensor features = computed["mid/features"] = encoder.Features(computed["mid/pooled"]);

  HeadOptions options = SeverityHead(width);
  TargetTensors targets;
  if (survival) {
    const auto last_layer = file.weights.find("survival_head.weight");
    if (last_layer == file.weights.end()) return Damaged("it has no w/survival_head.weight");
    options = SurvivalHead(width, last_layer->second.size(0), /*as_published=*/true);
    options.hidden = cfg.at("out_dim").get<int64_t>();
    ASAP_ASSIGN_OR_RETURN(targets, SurvivalTargets(file, "", run));
  } else {
    ASAP_ASSIGN_OR_RETURN(const at::Tensor label, Input(file, "label"));
    targets = Typed(label, {}, {}, run.type);
  }
  ASAP_ASSIGN_OR_RETURN(const HeadPass pass, RunHead(options, WeightsOf(file), features, targets, run.type));
  computed["mid/logits"] = pass.logits;
  computed["grad/@logits"] = pass.logit_gradient;
  for (const NamedTensor& gradient : pass.gradients) computed["grad/" + gradient.name] = gradient.tensor;
  computed["loss/total"] = at::scalar_tensor(pass.step.loss, at::kDouble);
  if (survival) {
    HeadOptions projection = LinearHead(HeadLoss::kBinary, width, options.hidden);
    projection.names = {options.names[0]};
    const TargetTensors none = Typed(at::zeros({features.size(0), options.hidden}), {}, {}, run.type);
    ASAP_ASSIGN_OR_RETURN(const HeadPass hidden, RunHead(projection, WeightsOf(file), features, none, run.type));
    computed["mid/projection"] = hidden.logits.relu();
    computed["mid/hazard"] = HorizonRisks(pass.logits, /*as_published=*/true);
    computed["mid/survival"] = 1 - HorizonRisks(pass.logits, /*as_published=*/false);
    computed["mid/risk"] = SurvivalRisk(pass.logits, /*as_published=*/true);
    computed["loss/nll"] = at::scalar_tensor(pass.step.likelihood, at::kDouble);
    computed["loss/bce"] = at::scalar_tensor(pass.step.flags, at::kDouble);
    if (IsDouble(run)) CompareCIndex(file.meta, "f64 meta/c_index", targets, pass.logits, rows);
  }
  CompareValues(file, computed, run, rows);
  CompareMetaLosses(file.meta, "meta/", pass.step, survival, run, rows);
  for (const json& name : file.meta.at("nograd_trainable")) {
    rows.push_back(Compare(absl::StrCat(run.name, " meta/nograd_trainable ", name.get<std::string>()),
                           computed.count("grad/" + name.get<std::string>()), 0, kExact));
  }
  return absl::OkStatus();
}

absl::Status ReplaySurvivalLoss(const TaskFile& file, const NamedPrecision& run, Rows& rows) {
  const json& cases = file.meta.at("cases");
  for (size_t i = 0; i < cases.size(); ++i) {
    const std::string prefix = absl::StrCat(i, "/");
    ASAP_ASSIGN_OR_RETURN(const at::Tensor logits, Input(file, prefix + "logits"));
    ASAP_ASSIGN_OR_RETURN(const TargetTensors targets, SurvivalTargets(file, prefix, run));
    const HeadOptions options = SurvivalHead(logits.size(1), logits.size(1), /*as_published=*/true);
    const HeadPass pass = RunLoss(options, logits.to(run.type), targets, run.type);
    TensorMap computed;
    computed[absl::StrCat("loss/", i, "/total")] = at::scalar_tensor(pass.step.loss, at::kDouble);
    computed[absl::StrCat("loss/", i, "/nll")] = at::scalar_tensor(pass.step.likelihood, at::kDouble);
    computed[absl::StrCat("loss/", i, "/bce")] = at::scalar_tensor(pass.step.flags, at::kDouble);
    computed[absl::StrCat("grad/", i, "/@logits")] = pass.logit_gradient;
    for (const auto& [name, actual] : computed) {
      const size_t slash = name.find('/');
      const std::string kind = name.substr(0, slash), rest = name.substr(slash);
      const auto wide = file.values.find(kind + "64" + rest), narrow = file.values.find(kind + "32" + rest);
      Tolerance tolerance = TaskTolerance(kind, run);
      if (!IsDouble(run) && wide != file.values.end() && narrow != file.values.end()) {  // as in CompareMetaLosses
        tolerance.absolute = 2 * (wide->second - narrow->second.to(at::kDouble)).abs().max().item<double>();
      }
      for (const auto& found : {wide, narrow}) {
        if (found == file.values.end() || (IsDouble(run) && found == narrow)) continue;
        const std::string key = found->first.substr(0, kind.size() + 2) + rest.substr(rest.find('/', 1));
        rows.push_back(Compare(absl::StrCat(run.name, " ", i, "/", key), actual, found->second, tolerance));
      }
    }
    CompareMetaLosses(cases.at(i), absl::StrCat(i, "/meta/"), pass.step, /*survival=*/true, run, rows);
    if (IsDouble(run)) CompareCIndex(cases.at(i), absl::StrCat("f64 ", i, "/meta/c_index"), targets, logits, rows);
  }
  return absl::OkStatus();
}

}  // namespace asap::golden
