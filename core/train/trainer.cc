#include "core/train/trainer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "core/base/log.h"
#include "core/base/random.h"
#include "core/base/status.h"
#include "core/device/device.h"
#include "core/train/memory.h"
#include "core/train/seeded_generators.h"

namespace asap {
namespace {

// Adds to the sum of that name, keeping the order of first appearance.
template <typename Value>
Value& Entry(std::vector<std::pair<std::string, Value>>& entries, const std::string& name) {
  for (auto& [known, value] : entries) {
    if (known == name) return value;
  }
  return entries.emplace_back(name, Value{}).second;
}

constexpr char kGradientNorm[] = "gradient norm";

}  // namespace

Trainer::Trainer(TrainableModel* model, Loader* loader, TrainerOptions options, TrainerCallbacks callbacks)
    : model_(model),
      loader_(loader),
      feed_(loader, options.device),
      options_(std::move(options)),
      callbacks_(std::move(callbacks)),
      optimizer_(model->Parameters(), options_.adamw),
      agreement_(options_.group) {
  if (options_.group != nullptr) reducer_ = std::make_unique<GradientReducer>(options_.group, model->Parameters());
}

int64_t Trainer::total_steps() const {
  if (options_.epochs == 0) return options_.steps;
  const int64_t batches = loader_->batches_per_epoch();
  const int64_t round_up = options_.drop_partial_accumulation ? 0 : step_batches() - 1;
  return options_.epochs * ((batches + round_up) / step_batches());
}

absl::Status Trainer::CheckOptions() const {
  if ((options_.epochs > 0) == (options_.steps > 0) || options_.epochs < 0 || options_.steps < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("give either epochs or steps, and above 0: got ", options_.epochs, " and ", options_.steps));
  }
  if (options_.accumulate < 1)
    return absl::InvalidArgumentError(absl::StrCat("a step of ", options_.accumulate, " batches makes no sense"));
  if (options_.drop_partial_accumulation && step_batches() > loader_->batches_per_epoch()) {
    return absl::InvalidArgumentError(absl::StrCat("an epoch has ", loader_->batches_per_epoch(), " batches, fewer than the ",
                                                   step_batches(), " that make a step: accumulate fewer batches"));
  }
  if (loader_->options().world != world() || (options_.group != nullptr && loader_->options().rank != options_.group->rank())) {
    return absl::InternalError("the loader is another process's");
  }
  if (options_.update_in_backward && (options_.accumulate > 1 || options_.clip_gradient_norm > 0 || options_.group != nullptr)) {
    return absl::InvalidArgumentError(
        "updating in the backward pass needs steps of one batch, no clipping and one process: it drops each gradient at once");
  }
  if (options_.log_every_steps < 1 || options_.max_skipped_in_a_row < 1) {
    return absl::InvalidArgumentError("logging and the limit of skipped steps count from 1");
  }
  ASAP_RETURN_IF_ERROR(optimizer_.CheckRules());
  return options_.schedule.Validate();
}

absl::Status Trainer::OnRankZero(const std::function<absl::Status()>& work) {
  return options_.group == nullptr ? work() : options_.group->FirstOnRankZero(work);
}

absl::StatusOr<TrainingSummary> Trainer::Run() {
  try {
    return Train();
  } catch (const c10::Error& error) {
    return absl::InternalError(error.what_without_backtrace());
  } catch (const std::exception& error) {
    return absl::InternalError(error.what());
  }
}

absl::StatusOr<TrainingSummary> Trainer::Train() {
  ASAP_RETURN_IF_ERROR(CheckOptions());
  summary_ = TrainingSummary{};
  writable_ = true;
  ASAP_RETURN_IF_ERROR(Resume());
  outputs_.reset();
  if (is_rank_zero()) {
    if (callbacks_.at_start) ASAP_RETURN_IF_ERROR(callbacks_.at_start());
    ASAP_ASSIGN_OR_RETURN(outputs_, RunOutputs::Open({.output_dir = options_.output_dir,
                                                      .title = options_.title,
                                                      .settings = ShownSettings(),
                                                      .progress = options_.progress,
                                                      .first_step = state_.step,
                                                      .total_steps = total_steps()}));
  }
  model_->SetTraining(true);
  seconds_before_ = state_.seconds;
  start_ = last_checkpoint_ = last_record_ = Clock::now();
  wait_before_record_ = loader_->statistics().wait_seconds;
  samples_since_record_ = 0;

  absl::Status status = Loop();
  if (options_.group != nullptr && !absl::IsCancelled(status)) options_.group->Fail(status);
  optimizer_.ZeroGradients();  // of a step that was not finished
  if (outputs_ != nullptr) outputs_->FinishProgress();
  const bool interrupted = absl::IsCancelled(status);
  if (status.ok() || interrupted) {
    ASAP_RETURN_IF_ERROR(Settle());
    ASAP_RETURN_IF_ERROR(OnRankZero([this] { return saved_step_ == state_.step ? absl::OkStatus() : Checkpoint(); }));
  } else if (!absl::IsAborted(status) && is_rank_zero() && writable_ && saved_step_ != state_.step && Checkpoint().ok()) {
    status = absl::Status(status.code(), absl::StrCat(status.message(), " (the work up to step ", state_.step, " is saved in ",
                                                      summary_.checkpoint, ")"));
  }
  if (interrupted) {
    return absl::CancelledError(absl::StrCat("stopped by a signal after step ", state_.step, " of ", total_steps(), ", saved in ",
                                             CheckpointFolder(Checkpoints(), state_.step),
                                             ". Run the same command again to go on from there."));
  }
  if (!status.ok()) return status;
  summary_.steps = state_.step;
  summary_.skipped = state_.skipped;
  summary_.best = best();
  if (summary_.best.has_value()) summary_.best_checkpoint = CheckpointFolder(Checkpoints(), state_.best_step);
  ASAP_RETURN_IF_ERROR(OnRankZero([this] { return callbacks_.at_end ? callbacks_.at_end() : absl::OkStatus(); }));
  if (is_rank_zero()) ASAP_RETURN_IF_ERROR(WritePage());
  return summary_;
}

absl::Status Trainer::Loop() {
  ASAP_RETURN_IF_ERROR(CloseEpoch());  // an earlier run may not have come to it
  while (!state_.ended && state_.step < total_steps()) {
    if (options_.group == nullptr) agreed_ = Wishes();  // else of the last step
    if (agreed_.stop) return absl::CancelledError();
    if (agreed_.time_is_up) {
      summary_.reached_time_limit = true;
      break;
    }
    ASAP_RETURN_IF_ERROR(Step());
    ASAP_RETURN_IF_ERROR(CloseEpoch());
    const bool by_steps = options_.checkpoint_every_steps > 0 && state_.step % options_.checkpoint_every_steps == 0;
    const bool by_time = options_.group == nullptr ? Wishes().save : agreed_.save;
    if ((by_steps || by_time) && saved_step_ != state_.step) ASAP_RETURN_IF_ERROR(Checkpoint());
  }
  return absl::OkStatus();
}

absl::Status Trainer::CloseEpoch() {
  if (callbacks_.after_epoch == nullptr) return absl::OkStatus();
  const DataPosition position = feed_.position();
  const bool dropped =
      options_.drop_partial_accumulation && loader_->batches_per_epoch() - position.batch < step_batches();  // what is left
  if (position.batch != 0 && !dropped) return absl::OkStatus();
  const int64_t epochs = position.epoch + (dropped ? 1 : 0);
  if (epochs <= state_.epochs_closed) return absl::OkStatus();
  ASAP_RETURN_IF_ERROR(Settle());
  const Clock::time_point start = Clock::now();
  const int64_t closed_before = std::exchange(state_.epochs_closed, epochs);
  std::string answer = "go on";
  ASAP_RETURN_IF_ERROR(OnRankZero([&]() -> absl::Status {
    const absl::StatusOr<bool> go_on = callbacks_.after_epoch(epochs);
    if (absl::IsCancelled(go_on.status())) {
      answer = "stop";
      return absl::OkStatus();
    }
    if (!go_on.ok()) {
      state_.epochs_closed = closed_before;
      return go_on.status();
    }
    state_.ended = !*go_on;
    if (state_.ended) answer = "ended";
    return state_.best_step == state_.step || state_.ended ? Checkpoint() : absl::OkStatus();
  }));
  if (options_.group != nullptr) {
    ASAP_ASSIGN_OR_RETURN(answer, options_.group->Broadcast(answer));
  }
  model_->SetTraining(true);
  if (answer == "stop") {
    state_.epochs_closed = closed_before;
    return absl::CancelledError();
  }
  state_.ended = answer == "ended";
  last_record_ += Clock::now() - start;  // the speed that is logged is training's
  return absl::OkStatus();
}

bool Trainer::Offer(double score) {
  if (!std::isfinite(score) || (state_.best_step >= 0 && score <= state_.best_score)) return false;
  state_.best_score = score;
  state_.best_step = state_.step;
  state_.best_epoch = state_.epochs_closed;
  return true;
}

std::optional<BestSoFar> Trainer::best() const {
  if (state_.best_step < 0) return std::nullopt;
  return BestSoFar{.score = state_.best_score, .epoch = state_.best_epoch, .step = state_.best_step};
}

absl::Status Trainer::RestoreBest() {
  ASAP_RETURN_IF_ERROR(OnRankZero([this]() -> absl::Status {
    if (state_.best_step < 0)
      return absl::NotFoundError(absl::StrCat("no weights of ", options_.output_dir, " were offered as the best"));
    ASAP_ASSIGN_OR_RETURN(const CheckpointFile best, OpenCheckpoint(CheckpointFolder(Checkpoints(), state_.best_step)));
    ASAP_ASSIGN_OR_RETURN(const NamedTensors weights, LoadCheckpointTensors(best.folder, kModelFile));
    return Annotate(RestoreTensors(weights, model_->State()), best.folder);
  }));
  return options_.group == nullptr ? absl::OkStatus() : options_.group->Broadcast(model_->State());
}

std::string Trainer::Checkpoints() const { return absl::StrCat(options_.output_dir, "/checkpoints"); }

StepShare Trainer::Wishes() const {
  StepShare share;
  share.stop = Interrupted();
  if (!is_rank_zero()) return share;  // clocks differ
  const double minutes = std::chrono::duration<double>(Clock::now() - last_checkpoint_).count() / 60;
  share.save = options_.checkpoint_every_minutes > 0 && minutes >= options_.checkpoint_every_minutes;
  share.time_is_up = options_.max_seconds > 0 && Seconds() - seconds_before_ >= options_.max_seconds;
  return share;
}

double Trainer::LearningRate() const {
  const DataPosition position = feed_.position();
  const double epochs = position.epoch + static_cast<double>(position.batch) / loader_->batches_per_epoch();
  return options_.schedule.At(options_.epochs > 0 ? epochs : static_cast<double>(state_.step));
}

absl::Status Trainer::Step() {
  if (options_.drop_partial_accumulation && loader_->batches_per_epoch() - feed_.position().batch < step_batches()) {
    ASAP_RETURN_IF_ERROR(feed_.Seek({feed_.position().epoch + 1, 0}));
  }
  const int64_t batches = std::min(step_batches(), loader_->batches_per_epoch() - feed_.position().batch);
  const double learning_rate = LearningRate();
  ASAP_ASSIGN_OR_RETURN(Outcome outcome, Accumulate(batches, learning_rate));
  if (options_.update_in_backward) {
    ReadBack(optimizer_.FinishBackward(), outcome);
  } else {
    const NamedTensors parameters = model_->Parameters();
    const at::Tensor norm = GradientNorm(parameters);
    const at::Tensor skip = ReadBack(norm, outcome);
    if (options_.clip_gradient_norm > 0) ClipGradients(parameters, norm, options_.clip_gradient_norm);
    optimizer_.Step(learning_rate, skip);
    optimizer_.ZeroGradients();
  }
  outcome.step = ++state_.step;
  state_.epoch = feed_.position().epoch;
  state_.batch = feed_.position().batch;
  samples_since_record_ += batches * loader_->options().batch_size;
  if (state_.step < total_steps()) feed_.Prefetch();

  absl::Status status = Settle();  // of the step before: the device is busy with this one meanwhile
  unsettled_ = std::move(outcome);
  const bool record = state_.step % options_.log_every_steps == 0 || state_.step == total_steps();
  if (record || options_.device.is_cpu()) status.Update(Settle());
  if (record) {
    const absl::Status recorded = Record(learning_rate);
    if (!recorded.ok()) {
      writable_ = false;
      return recorded;
    }
  }
  return status;
}

absl::StatusOr<Trainer::Outcome> Trainer::Accumulate(int64_t batches, double learning_rate) {
  Outcome outcome;
  outcome.batches = batches;
  const int64_t first = feed_.position().batch, rounds = (batches + world() - 1) / world();
  for (int64_t i = 0; i < rounds; ++i) {
    if (options_.group == nullptr && Interrupted()) return absl::CancelledError();
    ASAP_ASSIGN_OR_RETURN(LoadedBatch loaded, feed_.Next());
    outcome.cases.push_back(loaded.batch->case_ids);
    try {
      ASAP_RETURN_IF_ERROR(AddBatch(loaded, loaded.position.batch - first, i + 1 == rounds, learning_rate, outcome));
    } catch (const c10::Error& error) {
      return absl::InternalError(absl::StrCat("step ", state_.step + 1, " on cases ", absl::StrJoin(loaded.batch->case_ids, ", "),
                                              ": ", error.what_without_backtrace()));
    }
    if (i + 1 < rounds) feed_.Prefetch();
  }
  return outcome;
}

absl::Status Trainer::AddBatch(const LoadedBatch& loaded, int64_t micro_step, bool last, double learning_rate, Outcome& outcome) {
  // Dropout is a function of the step: no generator's state needs saving. The backward pass runs checkpointed blocks again.
  const SeededGenerators seeded(CounterRng(options_.seed, "forward", state_.step, micro_step).Next(), options_.device);
  std::vector<LossTerm> terms;
  {
    const AutocastGuard autocast(options_.precision, options_.device.type());
    ASAP_ASSIGN_OR_RETURN(terms, model_->Forward(*loaded.batch));
  }
  if (terms.empty()) return absl::InternalError("the model gave no loss term");
  at::Tensor total;
  std::vector<std::string>& names = outcome.terms.emplace_back();
  for (const LossTerm& term : terms) {
    // Sums of terms of reduced precision would lose the small ones.
    const at::Tensor value = at::isReducedFloatingType(term.value.scalar_type()) ? term.value.to(at::kFloat) : term.value;
    total = total.defined() ? total + value : value;
    names.push_back(term.name);
    outcome.values.push_back(value.detach().to(at::kDouble));
  }
  outcome.repeated.push_back(loaded.repeated);
  const at::Tensor finite_total = total.detach().isfinite();
  total = total / outcome.batches;
  if (options_.update_in_backward) {
    writable_ = false;  // until all parameters are of the same step
    optimizer_.UpdateInBackward(learning_rate, finite_total.logical_not());
    total.backward();
    writable_ = true;
    return absl::OkStatus();
  }
  if (reducer_ == nullptr) {
    total.backward();
    return absl::OkStatus();
  }
  // The reducer takes the mean over the ranks. A loss that is not finite must reach all of them, so that all skip the step, also
  // where its gradient is finite.
  const at::Tensor finite = at::stack(outcome.values).isfinite().all();
  total = total * at::where(finite, loaded.repeated ? 0.0 : static_cast<double>(world()), std::nan(""));
  if (last) return reducer_->Backward(total);
  total.backward();
  return absl::OkStatus();
}

at::Tensor Trainer::ReadBack(const at::Tensor& gradient_norm, Outcome& outcome) const {
  outcome.values.push_back(gradient_norm.to(options_.device));
  const at::Tensor numbers = at::stack(outcome.values);
  outcome.values.clear();
  if (options_.device.is_cpu()) {
    outcome.numbers = numbers;
  } else {
    outcome.numbers = at::empty(numbers.sizes(), at::TensorOptions().dtype(at::kDouble).pinned_memory(true));
    outcome.numbers.copy_(numbers, /*non_blocking=*/true);
    outcome.arrived.emplace(options_.device.type());
    outcome.arrived->record(c10::impl::VirtualGuardImpl(options_.device.type()).getStream(options_.device));
  }
  return numbers.isfinite().all().logical_not();
}

absl::Status Trainer::Settle() {
  if (!unsettled_.has_value()) return absl::OkStatus();
  const Outcome& outcome = *unsettled_;
  if (outcome.arrived.has_value()) outcome.arrived->synchronize();
  const double* number = outcome.numbers.const_data_ptr<double>();
  StepShare share = Wishes();
  std::vector<std::string> suspects;  // cases of the batches whose terms are not finite; of all, where only the gradient is not
  for (size_t i = 0; i < outcome.cases.size(); ++i) {
    bool batch_finite = true;
    for (const std::string& name : outcome.terms[i]) {
      batch_finite = batch_finite && std::isfinite(*number);
      Entry(share.means, name) += outcome.repeated[i] ? 0 : *number / static_cast<double>(outcome.batches);
      ++number;
    }
    if (!batch_finite) suspects.insert(suspects.end(), outcome.cases[i].begin(), outcome.cases[i].end());
  }
  share.not_finite = !suspects.empty();
  // Without an agreement the outcome stays unsettled, and no checkpoint holds a step that the log lacks.
  ASAP_RETURN_IF_ERROR(agreement_.Agree(share));
  const Outcome settled = *std::exchange(unsettled_, std::nullopt);
  agreed_ = share;
  if (!share.not_finite && std::isfinite(*number)) {
    share.means.emplace_back(kGradientNorm, *number);
    for (const auto& [name, value] : share.means) {
      RunningSum& pending = Entry(state_.pending, name == kGradientNorm ? name : absl::StrCat("loss/", name));
      pending.sum += value;
      ++pending.count;
    }
    state_.skipped_in_a_row = 0;
    return absl::OkStatus();
  }
  ++state_.skipped;
  ++state_.skipped_in_a_row;
  const bool elsewhere = suspects.empty() && share.not_finite;
  if (suspects.empty()) {
    for (const std::vector<std::string>& cases : settled.cases) suspects.insert(suspects.end(), cases.begin(), cases.end());
  }
  const std::string what =
      absl::StrCat("a loss or gradient of step ", settled.step, " is not finite (",
                   elsewhere ? "on another rank" : absl::StrCat("cases ", absl::StrJoin(suspects, ", ")), ")");
  if (is_rank_zero() || !elsewhere) LogWarning(absl::StrCat(what, "; the step is skipped"));
  if (state_.skipped_in_a_row < options_.max_skipped_in_a_row) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat(what, ", like the ", state_.skipped_in_a_row - 1,
                                         " before it. The last good checkpoint is ",
                                         summary_.checkpoint.empty() ? "none" : summary_.checkpoint,
                                         ". Try a lower learning rate or training in float32, or look at these cases."));
}

absl::Status Trainer::Record(double learning_rate) {
  const Clock::time_point now = Clock::now();
  const double elapsed = std::max(std::chrono::duration<double>(now - std::exchange(last_record_, now)).count(), 1e-9);
  const double waited = loader_->statistics().wait_seconds;
  StepRecord record{
      .step = state_.step,
      .epoch = state_.epoch + static_cast<double>(state_.batch) / loader_->batches_per_epoch(),
      .learning_rate = learning_rate,
      .loss = 0,
      .gradient_norm = std::nan(""),
      .skipped = state_.skipped,
      .samples_per_second = std::exchange(samples_since_record_, 0) / elapsed,
      .wait_share = std::clamp((waited - std::exchange(wait_before_record_, waited)) / elapsed, 0.0, 1.0),
      .peak_memory = PeakMemoryBytes(),
      .peak_device_memory = PeakDeviceMemoryBytes(options_.device),
      .seconds = Seconds(),
  };
  for (const auto& [name, pending] : state_.pending) {
    const double mean = pending.sum / pending.count;
    if (name == kGradientNorm) {
      record.gradient_norm = mean;
    } else {
      record.terms.emplace_back(name.substr(sizeof("loss/") - 1), mean);
      record.loss += mean;
    }
  }
  if (record.terms.empty()) record.loss = std::nan("");  // every step since the last record was skipped
  state_.pending.clear();
  summary_.last = record;
  if (callbacks_.on_record) callbacks_.on_record(record);
  return outputs_ == nullptr ? absl::OkStatus() : outputs_->Record(record);
}

absl::Status Trainer::Checkpoint() {
  ASAP_RETURN_IF_ERROR(Settle());
  if (!is_rank_zero()) return absl::OkStatus();
  writable_ = false;
  state_.seconds = Seconds();
  const std::string checkpoints = Checkpoints();
  // The log first: a checkpoint never knows of steps that the log lacks, also after a power failure.
  ASAP_RETURN_IF_ERROR(outputs_->Sync());
  ASAP_RETURN_IF_ERROR(SaveCheckpoint(checkpoints, state_, model_->State(), optimizer_.State(), options_.keep_checkpoints));
  saved_step_ = state_.step;
  last_checkpoint_ = Clock::now();
  summary_.checkpoint = CheckpointFolder(checkpoints, state_.step);
  writable_ = true;
  return WritePage();
}

absl::Status Trainer::WritePage() {
  const int64_t total = total_steps();
  const StepRecord& last = summary_.last;
  std::string summary = absl::StrFormat("Step %d of %d after %s of training", state_.step, total, ShortDuration(Seconds()));
  absl::StrAppend(&summary, state_.step == total          ? ": finished."
                            : state_.ended                ? ": ended early by its validation."
                            : summary_.reached_time_limit ? ": stopped at the time limit."
                                                          : ": not finished.");
  std::vector<std::pair<std::string, std::string>> results = {{"checkpoint", summary_.checkpoint}};
  if (state_.best_step >= 0) {
    results.emplace_back("best checkpoint",
                         absl::StrFormat("%s: %.4g after epoch %d", CheckpointFolder(Checkpoints(), state_.best_step),
                                         state_.best_score, state_.best_epoch));
  }
  if (last.step > 0) {
    results.emplace_back("epochs", absl::StrFormat("%.3g", last.epoch));
    results.emplace_back("loss", absl::StrFormat("%.4g", last.loss));
    for (const auto& [name, value] : last.terms)
      results.emplace_back(absl::StrCat("loss/", name), absl::StrFormat("%.4g", value));
    results.emplace_back("peak memory", absl::StrFormat("%.2f GiB", static_cast<double>(last.peak_memory) / (int64_t{1} << 30)));
  }
  const LoaderStatistics data = loader_->statistics();
  results.emplace_back("skipped steps", absl::StrCat(state_.skipped));
  results.emplace_back("unreadable cases", data.bad_cases.empty()
                                               ? "0"
                                               : absl::StrCat(data.bad_cases.size(), ": ", absl::StrJoin(data.bad_cases, ", ")));
  return outputs_->WritePage(summary, results);
}

std::vector<std::pair<std::string, std::string>> Trainer::ShownSettings() const {
  std::vector<std::pair<std::string, std::string>> settings = Config();
  for (const auto& setting : options_.settings) {
    if (std::find(settings.begin(), settings.end(), setting) == settings.end()) settings.push_back(setting);
  }
  return settings;
}

double Trainer::Seconds() const { return seconds_before_ + std::chrono::duration<double>(Clock::now() - start_).count(); }

}  // namespace asap
