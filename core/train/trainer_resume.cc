// Where a training run starts: the settings that decide its numbers, and the checkpoint that it goes on from.
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/log.h"
#include "core/base/random.h"
#include "core/base/status.h"
#include "core/train/resume.h"
#include "core/train/shared_start.h"
#include "core/train/trainer.h"

namespace asap {
namespace {

// The shortest text that reads back to the same number.
std::string Exactly(double value) {
  char text[32];
  return std::string(text, std::to_chars(text, text + sizeof(text), value).ptr);
}

constexpr char kStepBatches[] = "batches of a step";

// Parameters that share a rule as one group, each named by its number and by what its names come to.
std::string InWords(const std::map<std::string, ParameterRule>& rules) {
  std::map<std::string, std::pair<int64_t, uint64_t>> groups;
  for (const auto& [name, rule] : rules) {
    auto& [count, digest] =
        groups[absl::StrCat("rate x ", Exactly(rule.rate),
                            rule.weight_decay.has_value() ? absl::StrCat(", decay ", Exactly(*rule.weight_decay)) : "")];
    ++count;
    digest = Mix64(digest ^ Fnv1a64(name));
  }
  std::vector<std::string> words;
  for (const auto& [rule, members] : groups) {
    words.push_back(absl::StrCat(rule, ": ", members.first, " (", absl::Hex(members.second, absl::kZeroPad16), ")"));
  }
  return absl::StrJoin(words, "; ");
}

}  // namespace

std::vector<std::pair<std::string, std::string>> Trainer::Config() const {
  std::vector<std::pair<std::string, std::string>> config = {
      {"seed", absl::StrCat(options_.seed)},
      {kStepBatches, absl::StrCat(step_batches(), options_.drop_partial_accumulation ? ", whole steps only" : "")},
      {"precision", std::string(PrecisionName(options_.precision))},
      {"schedule's unit", options_.epochs > 0 ? "epochs" : "steps"},
      {"learning rate", Exactly(options_.schedule.peak)},
      {"lowest learning rate", Exactly(options_.schedule.minimum)},
      {"warm-up", Exactly(options_.schedule.warmup)},
      {"schedule's length", Exactly(options_.schedule.horizon)},
      {"weight decay", Exactly(options_.adamw.weight_decay)},
      {"betas", absl::StrCat(Exactly(options_.adamw.beta1), ", ", Exactly(options_.adamw.beta2))},
      {"epsilon", Exactly(options_.adamw.epsilon)},
      {"gradient clipping", Exactly(options_.clip_gradient_norm)},
  };
  if (const auto rules = optimizer_.OwnRules(); !rules.empty()) config.emplace_back("parameter groups", InWords(rules));
  const auto data = loader_->Config();
  config.insert(config.end(), data.begin(), data.end());
  config.insert(config.end(), options_.config.begin(), options_.config.end());
  return config;
}

absl::Status Trainer::Resume() {
  state_ = TrainState{};
  unsettled_.reset();
  agreed_ = StepShare{};
  saved_step_ = -1;
  state_.config = Config();
  ProcessGroup* const group = options_.group;
  if (group != nullptr) ASAP_RETURN_IF_ERROR(CheckSameAsRankZero(*group, state_.config));
  ASAP_RETURN_IF_ERROR(OnRankZero([this] { return ReadCheckpoint(); }));
  if (group != nullptr) {
    ASAP_RETURN_IF_ERROR(BroadcastState(*group, state_));
    ASAP_RETURN_IF_ERROR(group->Broadcast(model_->State()));
    ASAP_ASSIGN_OR_RETURN(const NamedTensors moments, BroadcastTensors(*group, optimizer_.State()));
    if (group->rank() != 0) ASAP_RETURN_IF_ERROR(optimizer_.LoadState(moments));
    ASAP_ASSIGN_OR_RETURN(summary_.checkpoint, group->Broadcast(summary_.checkpoint));
  }
  if (!summary_.checkpoint.empty()) summary_.resumed_from = saved_step_ = state_.step;
  return Annotate(feed_.Seek({state_.epoch, state_.batch}), summary_.checkpoint);
}

absl::Status Trainer::ReadCheckpoint() {
  const auto remedy = [this](const std::string& name, const std::string& was) {
    int64_t batches = 0;
    if (name != kStepBatches || !absl::SimpleAtoi(was.substr(0, was.find(',')), &batches)) return std::string();
    const std::string processes = absl::StrCat("with ", world(), world() == 1 ? " process" : " processes");
    return batches % world() == 0 ? absl::StrCat(processes, " that is accumulate=", batches / world())
                                  : absl::StrCat(processes, " no accumulate makes that; take a number that divides it");
  };
  ASAP_ASSIGN_OR_RETURN(const std::optional<CheckpointFile> checkpoint,
                        ChooseCheckpoint(options_.resume, options_.output_dir, state_.config, remedy));
  if (!checkpoint.has_value()) return absl::OkStatus();
  const std::string& folder = checkpoint->folder;
  ASAP_ASSIGN_OR_RETURN(const NamedTensors weights, LoadCheckpointTensors(folder, kModelFile));
  ASAP_ASSIGN_OR_RETURN(const NamedTensors moments, LoadCheckpointTensors(folder, kOptimizerFile));
  ASAP_RETURN_IF_ERROR(Annotate(RestoreTensors(weights, model_->State()), folder));
  ASAP_RETURN_IF_ERROR(Annotate(optimizer_.LoadState(moments), folder));
  const auto config = std::exchange(state_, checkpoint->state).config;
  state_.config = config;  // where the two may differ, what comes from here on is of these
  std::error_code error;
  if (!std::filesystem::equivalent(std::filesystem::path(folder).parent_path(), Checkpoints(), error)) {
    state_.best_step = -1;  // it is the other run's, as is its end
    state_.ended = false;
  }
  summary_.checkpoint = folder;
  LogInfo(absl::StrCat("going on from ", folder, " (step ", state_.step, " of ", total_steps(), ")"));
  return absl::OkStatus();
}

}  // namespace asap
