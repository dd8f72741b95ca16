#include <ATen/TensorOperators.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/train/optimizer.h"
#include "core/train/schedule.h"
#include "tests/golden/model/case_file.h"
#include "tests/golden/model/compare.h"
#include "tests/golden/model/fixture.h"
#include "tests/golden/model/recipe.h"

namespace asap::golden {
namespace {

using nlohmann::json;

Schedule ScheduleOf(const json& args) {
  return {.peak = args.at("lr").get<double>(),
          .minimum = args.at("min_lr").get<double>(),
          .warmup = args.at("warmup_epochs").get<double>(),
          .horizon = args.at("max_epochs").get<double>()};
}

void CompareSchedule(const json& table, Rows& rows) {
  Schedule schedule = ScheduleOf(table.at("args"));
  Schedule half = schedule;
  half.peak *= 0.5;
  half.minimum *= 0.5;
  const Tolerance tolerance = {.relative = 1e-9, .absolute = 1e-20};
  for (const json& row : table.at("rows_epoch_lr_lrWithScale0_5")) {
    const double epoch = row.at(0).get<double>();
    rows.push_back(Compare(absl::StrCat("schedule at epoch ", epoch), schedule.At(epoch), row.at(1).get<double>(), tolerance));
    rows.push_back(
        Compare(absl::StrCat("schedule at epoch ", epoch, ", half"), half.At(epoch), row.at(2).get<double>(), tolerance));
  }
}

// Which parameters are decayed.
absl::Status CompareGroups(const json& file, const CaseFile& start, Rows& rows) {
  for (const json& group : file.at("groups")) {
    const double decay = group.at("weight_decay").get<double>();
    double wrong = 0;
    for (const json& name : group.at("params")) {
      const auto weight = start.weights.find(name.get<std::string>());
      if (weight == start.weights.end()) return Damaged(absl::StrCat("groups name an unknown parameter ", name.dump()));
      wrong += IsDecayed(weight->first, weight->second) != (decay > 0);
    }
    rows.push_back(Compare(absl::StrCat("parameters of the wrong decay group, decay ", decay), wrong, 0.0, kExact));
  }
  return absl::OkStatus();
}

absl::Status ReplaySteps(const json& file, const CaseFile& start, const NamedPrecision& run, c10::Device device, Rows& rows) {
  const bool strict = run.type == at::kDouble;
  const json& hyper = file.at("hyper");
  const Schedule schedule = ScheduleOf(hyper);
  const int64_t accumulate = hyper.at("accum_iter").get<int64_t>();
  const std::vector<double> epochs = hyper.at("epochs_passed_to_schedule").get<std::vector<double>>();
  const uint64_t noise_seed = file.at("noise_seed").get<uint64_t>();
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<AsapModel> model, ModelOfCase(start, run.type));
  model->To(device);
  const NamedTensors parameters = model->Parameters();
  AdamW optimizer(parameters, {.beta1 = hyper.at("betas").at(0).get<double>(),
                               .beta2 = hyper.at("betas").at(1).get<double>(),
                               .epsilon = hyper.at("eps").get<double>(),
                               .weight_decay = hyper.at("weight_decay").get<double>()});
  const Tolerance tolerance = {.relative = strict ? 1e-9 : 1e-5};
  const json& log = file.at("f64").at("log");
  if (log.size() != epochs.size()) return Damaged("the log's length differs from the schedule's");
  double rate = 0;
  for (size_t i = 0; i < epochs.size(); ++i) {
    if (i % accumulate == 0) rate = schedule.At(epochs[i]);
    Batch batch = start.batch;
    batch.patch_noise = RecipeNoise(noise_seed, absl::StrCat("in.noise.", i), batch.size(), start.config.patches());
    ASAP_ASSIGN_OR_RETURN(const Step step, RunStep(*model, OnDevice(batch, device)));
    (step.total / static_cast<double>(accumulate)).backward();
    const bool update = (i + 1) % accumulate == 0;
    const double norm = update ? GradientNorm(parameters).item<double>() : 0;
    for (const char* reference : {"f64", "f32"}) {
      if (strict && std::string(reference) == "f32") continue;
      const json& expected = file.at(reference).at("log").at(i);
      const auto label = [&](const std::string& what) { return absl::StrCat(run.name, " ", reference, ".log[", i, "] ", what); };
      rows.push_back(Compare(label("lr"), rate, expected.at("lr").get<double>(), {.relative = 1e-12}));
      for (const char* name : {"mim", "injection", "mlm", "align", "total"}) {
        rows.push_back(Compare(label(name), step.loss.at(name).item<double>(), expected.at(name).get<double>(), tolerance));
      }
      rows.push_back(Compare(label("k"), step.taps.at("k"), FromJson(expected.at("k")), kExact));
      if (update != expected.value("update", false))
        return Damaged(absl::StrCat("update at step ", i, " does not fit accum_iter"));
      if (update) rows.push_back(Compare(label("grad_norm"), norm, expected.at("grad_norm").get<double>(), tolerance));
    }
    if (!update) continue;
    optimizer.Step(rate);
    optimizer.ZeroGradients();
  }
  std::map<std::string, at::Tensor> finals;
  for (const NamedTensor& named : model->State()) finals[named.name] = named.tensor;
  for (const auto& [name, expected] : file.at("f64").at("final").items()) {
    // What the model does not read keeps its start value.
    const auto found = finals.find(name);
    const auto unread = start.weights.find(name);
    if (found == finals.end() && unread == start.weights.end())
      return Damaged(absl::StrCat("final names an unknown parameter ", name));
    const at::Tensor actual =
        (found != finals.end() ? found->second : unread->second).detach().to(at::kCPU, at::kDouble).flatten();
    const double each = strict ? 1e-8 : 10 * file.at("f32_vs_f64_final").value(name, 0.0) + 1e-6;
    const double count = static_cast<double>(actual.numel());
    const std::string label = absl::StrCat(run.name, " final/", name, " ");
    rows.push_back(
        Compare(label + "sum", actual.sum().item<double>(), expected.at("sum").get<double>(), {.absolute = each * count}));
    rows.push_back(Compare(label + "l2", actual.norm().item<double>(), expected.at("l2").get<double>(),
                           {.absolute = each * std::sqrt(count)}));
    const at::Tensor first = FromJson(expected.at("first")), last = FromJson(expected.at("last"));
    rows.push_back(Compare(label + "first", actual.slice(0, 0, first.numel()), first, {.absolute = each}));
    rows.push_back(Compare(label + "last", actual.slice(0, actual.numel() - last.numel()), last, {.absolute = each}));
  }
  return absl::OkStatus();
}

absl::StatusOr<Rows> Replay(const std::string& path, Precision precision, c10::Device device) {
  ASAP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const json file = json::parse(text);
  const std::string name = file.at("model_case").get<std::string>() + ".safetensors";
  const std::filesystem::path beside = std::filesystem::path(path).parent_path() / std::filesystem::path(name).filename();
  ASAP_ASSIGN_OR_RETURN(const CaseFile start, ReadCase(beside.string()));
  Rows rows;
  CompareSchedule(file.at("schedule_table"), rows);
  ASAP_RETURN_IF_ERROR(CompareGroups(file, start, rows));
  for (const NamedPrecision& run : Precisions(precision)) ASAP_RETURN_IF_ERROR(ReplaySteps(file, start, run, device, rows));
  return rows;
}

}  // namespace

absl::StatusOr<Rows> ReplayTrajectory(const std::string& path, Precision precision, c10::Device device) {
  return Guarded(path, [&] { return Replay(path, precision, device); });
}

}  // namespace asap::golden
