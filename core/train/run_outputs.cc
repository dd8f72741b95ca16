#include "core/train/run_outputs.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/train/curves/curves.h"

namespace asap {
namespace {

// A chart for the loss, for each of its terms, for the learning rate and for the gradient norm.
std::vector<Curve> CurvesOf(const std::vector<StepRecord>& records) {
  std::vector<Curve> curves = {{.name = "loss"}};
  const auto add = [&](const std::string& name, const StepRecord& record, double value) {
    auto curve = std::find_if(curves.begin(), curves.end(), [&](const Curve& known) { return known.name == name; });
    if (curve == curves.end()) curve = curves.insert(curves.end(), {.name = name});
    curve->x.push_back(static_cast<double>(record.step));
    curve->y.push_back(value);
  };
  for (const StepRecord& record : records) {
    add("loss", record, record.loss);
    for (const auto& [name, value] : record.terms) add(absl::StrCat("loss/", name), record, value);
  }
  for (const StepRecord& record : records) {
    add("learning rate", record, record.learning_rate);
    add("gradient norm", record, record.gradient_norm);
    add("samples per second", record, record.samples_per_second);
  }
  return curves;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RunOutputs>> RunOutputs::Open(RunOutputsOptions options) {
  ASAP_RETURN_IF_ERROR(MakeWritableFolder(options.output_dir));
  ASAP_ASSIGN_OR_RETURN(auto log, JsonlLog::Open(absl::StrCat(options.output_dir, "/log.jsonl"), options.first_step));
  ASAP_ASSIGN_OR_RETURN(auto events, EventWriter::Open(absl::StrCat(options.output_dir, "/tensorboard"), options.first_step));
  return std::unique_ptr<RunOutputs>(new RunOutputs(std::move(options), std::move(log), std::move(events)));
}

RunOutputs::RunOutputs(RunOutputsOptions options, std::unique_ptr<JsonlLog> log, std::unique_ptr<EventWriter> events)
    : options_(std::move(options)),
      log_(std::move(log)),
      events_(std::move(events)),
      progress_(options_.progress, options_.first_step, options_.total_steps) {}

absl::Status RunOutputs::Record(const StepRecord& record) {
  progress_.Update(record);
  ASAP_RETURN_IF_ERROR(log_->Append(record));
  std::vector<std::pair<std::string, double>> scalars = {{"loss", record.loss}};
  for (const auto& [name, value] : record.terms) scalars.emplace_back(absl::StrCat("loss/", name), value);
  scalars.emplace_back("learning_rate", record.learning_rate);
  scalars.emplace_back("gradient_norm", record.gradient_norm);
  scalars.emplace_back("speed/samples_per_second", record.samples_per_second);
  scalars.emplace_back("speed/wait_share", record.wait_share);
  return events_->AddScalars(record.step, scalars);
}

absl::Status RunOutputs::Sync() {
  ASAP_RETURN_IF_ERROR(log_->Sync());
  return events_->Sync();
}

absl::Status RunOutputs::WritePage(const std::string& summary, const std::vector<std::pair<std::string, std::string>>& results) {
  ASAP_ASSIGN_OR_RETURN(const std::vector<StepRecord> records, ReadJsonlLog(absl::StrCat(options_.output_dir, "/log.jsonl")));
  return WriteFileAtomically(absl::StrCat(options_.output_dir, "/index.html"), RenderCurves({.title = options_.title,
                                                                                             .summary = summary,
                                                                                             .x_name = "step",
                                                                                             .curves = CurvesOf(records),
                                                                                             .results = results,
                                                                                             .settings = options_.settings}));
}

}  // namespace asap
