#include "tasks/frozen/frozen_task.h"

#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status.h"
#include "modules/heads/head.h"
#include "modules/heads/head_sweep.h"
#include "tasks/frozen/external.h"
#include "tasks/frozen/features.h"
#include "tasks/labels/columns.h"

namespace asap {
namespace {

at::Tensor LabelMatrix(const std::vector<std::vector<double>>& labels, size_t columns) {
  at::Tensor matrix = at::empty({static_cast<int64_t>(labels.size()), static_cast<int64_t>(columns)}, at::kDouble);
  double* out = matrix.data_ptr<double>();
  for (const std::vector<double>& row : labels) out = std::copy(row.begin(), row.end(), out);
  return matrix;
}

constexpr char kViews[] = "frozen.views";

// What all tasks on frozen features declare alike.
FrozenSpec Completed(FrozenSpec spec) {
  spec.cohort.dataset = spec.task.dataset;
  spec.task.encoder = EncoderUse::kFeatures;
  spec.task.parameters[kViews] = {
      .value = "0",
      .help =
          "Augmented copies of each training case that heads are trained on. 0: the centre crop alone; "
          "under the paper's protocol, new ones in every epoch.",
      .range = {{0, 1000}}};
  for (const ExternalCohort& external : spec.external) spec.task.external_datasets.push_back(external.dataset);
  std::vector<std::string> rows;
  for (const PaperTraining& p : spec.paper) {
    rows.push_back(absl::StrCat(p.fraction, " %: batch ", p.batch, ", T ", p.steps, ", warm-up ", p.warmup, ", lr ",
                                p.learning_rate, ", decay ", p.weight_decay, ", patience ", p.patience, " from epoch ",
                                p.start_epoch));
  }
  spec.task.protocols = {
      {"strict",
       "Frozen features of the last block (mean of the patch tokens, class token), standardised over the training cases; heads "
       "over learning rates, decays and poolings in one pass, one of them chosen on validation cases."},
      {"paper", absl::StrJoin(rows, "; ")}};
  return spec;
}

// The cases that can be trained on.
LabelledCases Only(const LabelledCases& all, const std::function<bool(const std::vector<double>&)>& usable) {
  LabelledCases kept;
  for (size_t i = 0; i < all.cases.size(); ++i) {
    if (!usable(all.labels[i])) continue;
    kept.cases.push_back(all.cases[i]);
    kept.labels.push_back(all.labels[i]);
  }
  return kept;
}

// Trains for about 100 epochs at most; a validation score that has not risen for 20 ends it before.
HeadTraining StrictTraining(int64_t cases, uint64_t seed) {
  HeadTraining training;
  training.batch = std::min<int64_t>(64, cases);
  const int64_t steps_an_epoch = (cases + training.batch - 1) / training.batch;
  training.steps = std::max<int64_t>(100 * steps_an_epoch, 500);
  training.warmup = training.steps / 20;
  training.patience = 20;
  training.start_epoch = 0;
  training.views = ViewOrder::kByCase;
  training.seed = seed;
  return training;
}

HeadTraining PublishedTraining(const PaperTraining& published, uint64_t seed) {
  HeadTraining training;
  training.batch = published.batch;
  training.steps = published.steps;
  training.warmup = published.warmup;
  training.patience = published.patience;
  training.start_epoch = published.start_epoch;
  training.seed = seed;
  return training;
}

}  // namespace

FrozenTask::FrozenTask(FrozenSpec spec) : spec_(Completed(std::move(spec))) {}

bool FrozenTask::Usable(const std::vector<double>& labels) const {
  return std::none_of(labels.begin(), labels.end(), [](double value) { return std::isnan(value); });
}

PaperTraining FrozenTask::Published(double fraction) const {
  for (const PaperTraining& row : spec_.paper) {
    if (row.fraction == fraction) return row;
  }
  return {};
}

absl::StatusOr<TaskResult> FrozenTask::Run(MeasuredEncoder& encoder, const TaskContext& context) const {
  const c10::NoGradGuard no_grad;
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<Dataset> dataset, context.open_dataset(spec_.task.dataset));
  ASAP_ASSIGN_OR_RETURN(TaskCohort cohort, GatherCohort(*dataset, spec_.cohort, context));
  TaskResult result{.split = cohort.split, .warnings = cohort.warnings};
  const size_t gathered = cohort.train.cases.size();
  cohort.train = Only(cohort.train, [this](const std::vector<double>& labels) { return Usable(labels); });
  if (const size_t left_out = gathered - cohort.train.cases.size(); left_out > 0) {
    result.warnings.push_back(
        absl::StrCat(left_out, " of ", gathered, " training cases were left out: labels of theirs are unknown"));
  }
  if (cohort.train.cases.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("task ", spec_.task.name, " at ", context.fraction,
                     " %: no training case has its labels; give more cases or a larger fraction"));
  }
  const FeatureMaker features(encoder, context);
  ASAP_ASSIGN_OR_RETURN(const Probe probe, Fit(*dataset, cohort, encoder, features, context, result));
  const FeatureView view{.window = probe.window};
  ASAP_ASSIGN_OR_RETURN(result.test,
                        ScoreCases(*dataset, cohort.test.cases, probe, view, features, context, "encoding test cases"));
  result.test.dataset = spec_.task.dataset;
  for (size_t row = 0; row < result.test.rows.size(); ++row) {
    for (const auto& [name, value] : CaseTruth(cohort.test.labels[row])) {
      NumbersOf(result.test, TruthColumn(name))[row] = value;
    }
  }
  for (const ExternalCohort& external : spec_.external) {
    ASAP_RETURN_IF_ERROR(Annotate(Validate(external, probe, features, context, result), external.dataset));
  }
  return result;
}

absl::StatusOr<FrozenTask::Probe> FrozenTask::Fit(const Dataset& dataset, const TaskCohort& cohort, MeasuredEncoder& encoder,
                                                  const FeatureMaker& features, const TaskContext& context,
                                                  TaskResult& result) const {
  const bool paper = context.protocol == Protocol::kPaper;
  const PaperTraining published = Published(context.fraction);
  Probe probe{.head = Head(encoder.width(), context.protocol), .window = dataset.card().intensity_window};
  if (paper && published.window.has_value()) probe.window = *published.window;
  FeatureView copy{.window = probe.window, .seed = context.seed, .noise = spec_.noise};
  if (paper) copy.drop_path = spec_.drop_path;

  // The published probe reads the mean alone.
  std::vector<std::string> poolings = encoder.poolings();
  if (paper) poolings.resize(1);
  ASAP_ASSIGN_OR_RETURN(const at::Tensor valid,
                        features.Of(dataset, cohort.valid.cases, {.window = probe.window}, "encoding validation cases"));
  const int64_t views = static_cast<int64_t>(context.Number(kViews));
  const bool anew = paper && views == 0 && encoder.spec().has_value();
  at::Tensor train;
  if (!anew) {
    ASAP_ASSIGN_OR_RETURN(train, features.Copies(dataset, cohort.train.cases, copy, views));
    if (paper) {
      result.warnings.push_back(absl::StrCat("training copies were reused (", std::max<int64_t>(views, 1),
                                             " of each case), where the published code augments anew in every epoch"));
    }
  }
  HeadProblem problem{.head = probe.head};
  std::vector<FeatureScale> scales(poolings.size());
  for (size_t p = 0; p < poolings.size(); ++p) {
    FeatureSet set{.name = poolings[p], .validation = valid.select(1, p)};
    if (!anew) set.train = train.select(2, p);
    if (!paper) {
      scales[p] = FeatureScale::Of(set.train);
      set.train = scales[p](set.train);
      set.validation = scales[p](set.validation);
    }
    problem.features.push_back(std::move(set));
  }
  if (anew) {
    problem.fresh_features = [&](int64_t epoch) -> absl::StatusOr<std::vector<at::Tensor>> {
      FeatureView view = copy;
      view.augmented = epoch;
      view.keep = false;
      ASAP_ASSIGN_OR_RETURN(const at::Tensor drawn,
                            features.Of(dataset, cohort.train.cases, view, absl::StrCat("epoch ", epoch + 1, ", encoding anew")));
      return std::vector<at::Tensor>{drawn.select(1, 0)};
    };
  }
  const size_t columns = spec_.cohort.labels.size();
  const at::Tensor valid_labels = LabelMatrix(cohort.valid.labels, columns);
  ASAP_RETURN_IF_ERROR(SetTargets(LabelMatrix(cohort.train.labels, columns), problem));
  problem.validation_score = [&](const at::Tensor& logits) { return ValidationScore(logits, valid_labels, context.protocol); };

  HeadTraining training = paper ? PublishedTraining(published, context.seed)
                                : StrictTraining(static_cast<int64_t>(cohort.train.cases.size()), context.seed);
  if (paper) SetPaperRules(training);
  const std::vector<HeadCandidate> candidates =
      paper ? std::vector<HeadCandidate>{{.learning_rate = published.learning_rate, .weight_decay = published.weight_decay}}
            : HeadGrid(poolings.size(), DefaultHeadSweep());
  if (context.progress != nullptr && !context.progress("training heads", 0, 0)) return absl::CancelledError("stopped");
  ASAP_ASSIGN_OR_RETURN(const std::vector<HeadRun> heads, TrainHeads(problem, training, candidates));
  const HeadRun& chosen = heads[BestHead(heads)];
  if (!chosen.best_score.has_value()) {
    result.warnings.push_back("no validation score was defined, so the last head was taken: give more validation cases");
  }
  probe.weights = chosen.weights;
  probe.pooling = chosen.candidate.features;
  probe.scale = scales[probe.pooling];
  result.choices = {{"pooling", poolings[probe.pooling]},
                    {"learning rate", absl::StrCat(chosen.candidate.learning_rate)},
                    {"weight decay", absl::StrCat(chosen.candidate.weight_decay)},
                    {"epoch", absl::StrCat(chosen.best_epoch)},
                    {"validation score", chosen.best_score.has_value() ? absl::StrCat(*chosen.best_score) : "undefined"},
                    {"heads trained", absl::StrCat(heads.size())}};
  return probe;
}

absl::StatusOr<Cohort> FrozenTask::ScoreCases(const Dataset& dataset, const std::vector<int64_t>& cases, const Probe& probe,
                                              const FeatureView& view, const FeatureMaker& features, const TaskContext& context,
                                              const std::string& stage) const {
  ASAP_ASSIGN_OR_RETURN(const at::Tensor all, features.Of(dataset, cases, view, stage));
  ASAP_ASSIGN_OR_RETURN(const at::Tensor logits,
                        HeadLogits(probe.head, probe.weights, probe.scale(all.select(1, probe.pooling))));
  Cohort cohort{.dataset = dataset.card().name};
  for (const int64_t index : cases) cohort.rows.push_back(RowOf(dataset, index));
  for (size_t row = 0; row < cases.size(); ++row) {
    for (const auto& [name, value] : CaseScores(logits[row], context.protocol)) {
      NumbersOf(cohort, ScoreColumn(name))[row] = value;
    }
  }
  return cohort;
}

absl::Status FrozenTask::Validate(const ExternalCohort& external, const Probe& probe, const FeatureMaker& features,
                                  const TaskContext& context, TaskResult& result) const {
  const absl::StatusOr<std::unique_ptr<Dataset>> dataset = context.open_dataset(external.dataset);
  if (absl::IsNotFound(dataset.status())) {
    result.warnings.push_back(
        absl::StrCat("external validation on ", external.dataset, " was left out: ", dataset.status().message()));
    return absl::OkStatus();
  }
  if (!dataset.ok()) return dataset.status();
  std::vector<std::string> names;
  for (const ExternalLabel& label : external.labels) names.push_back(label.theirs);
  ASAP_ASSIGN_OR_RETURN(const LabelledCases cases, GatherExternal(**dataset, names, context));
  const FeatureView view{.window = (*dataset)->card().intensity_window};
  ASAP_ASSIGN_OR_RETURN(Cohort cohort,
                        ScoreCases(**dataset, cases.cases, probe, view, features, context, "encoding external cases"));
  for (size_t label = 0; label < names.size(); ++label) {
    std::vector<double>& truth = NumbersOf(cohort, TruthColumn(names[label]));
    for (size_t row = 0; row < truth.size(); ++row) truth[row] = cases.labels[row][label];
  }
  AnswerExternal(external, context.protocol == Protocol::kPaper, cohort, result.warnings);
  cohort.dataset = external.dataset;
  result.external.push_back(std::move(cohort));
  return absl::OkStatus();
}

}  // namespace asap
