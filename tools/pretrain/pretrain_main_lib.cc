#include "tools/pretrain/pretrain_main_lib.h"

#include <ATen/DeviceAccelerator.h>
#include <ATen/Parallel.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "core/base/cores.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/output_folder.h"
#include "core/base/status.h"
#include "core/base/suggest.h"
#include "core/data/loader/loader.h"
#include "core/device/device.h"
#include "core/device/device_feed.h"
#include "core/distributed/environment.h"
#include "core/distributed/process_group.h"
#include "core/distributed/rank_device.h"
#include "core/io/weight_names.h"
#include "core/io/weights.h"
#include "core/train/checkpoint.h"
#include "core/train/interrupt.h"
#include "core/train/memory.h"
#include "core/train/resume.h"
#include "core/train/shared_start.h"
#include "core/train/tensor_memory.h"
#include "core/train/trainer.h"
#include "modules/asap/asap.h"
#include "modules/asap/published_state.h"
#include "modules/asap/text_cache.h"
#include "modules/bert/bert.h"
#include "modules/bert/load_bert.h"
#include "modules/pretraining/report_encoder.h"
#include "modules/pretraining/sample.h"
#include "tools/pretrain/configure.h"
#include "tools/pretrain/data_check.h"
#include "tools/pretrain/flags.h"
#include "tools/pretrain/settings.h"
#include "tools/pretrain/text_source.h"

namespace asap {
namespace {

absl::Status CheckFlags() {
  if ((FLAGS_steps > 0) == (FLAGS_epochs > 0)) {
    return absl::InvalidArgumentError("give one of --steps and --epochs; to override a configuration's, set the other to 0");
  }
  if (FLAGS_on_bad_case != "fail" && FLAGS_on_bad_case != "skip") {
    return absl::InvalidArgumentError(UnknownName("value of --on_bad_case", FLAGS_on_bad_case, {"fail", "skip"}));
  }
  if (FLAGS_batch_size < 1 || FLAGS_accumulate < 1)
    return absl::InvalidArgumentError("--batch_size and --accumulate must be 1 at least");
  if (!(FLAGS_warmup >= 0 && FLAGS_warmup < 1))
    return absl::InvalidArgumentError("--warmup is a share of the training, in [0, 1)");
  if (FLAGS_update_in_backward && (FLAGS_accumulate > 1 || FLAGS_clip_grad_norm > 0)) {
    return absl::InvalidArgumentError(
        "--update_in_backward needs --accumulate=1, --clip_grad_norm=0 and one process: it drops each gradient at once");
  }
  if (FLAGS_rank_timeout < 1) return absl::InvalidArgumentError("--rank_timeout must be 1 second at least");
  return absl::OkStatus();
}

// This process's share of the cores that it may use, unless the user or OMP_NUM_THREADS says otherwise (torchrun sets it to 1).
void SetComputeThreads(const ProcessGroup* group) {
  if (FLAGS_compute_threads > 0) {
    at::set_num_threads(FLAGS_compute_threads);
  } else if (getenv("OMP_NUM_THREADS") == nullptr) {
    const int64_t processes = group == nullptr ? 1 : group->local_world();
    at::set_num_threads(static_cast<int>(std::max<int64_t>(1, std::min(at::get_num_threads(), UsableCores()) / processes)));
  }
}

std::string OutputDir() {
  return UserPath(FLAGS_output_dir.empty() ? absl::StrCat("asap_runs/", FLAGS_config) : FLAGS_output_dir);
}

struct Model {
  std::unique_ptr<AsapModel> asap;
  int64_t trained = 0, frozen = 0;
};

// Fills in what the text encoder and its vocabulary decide, and builds the model.
absl::StatusOr<Model> BuildModel(AsapConfig config, const TextSource& text) {
  std::shared_ptr<Bert> bert;
  const bool reads_text = config.ReadsText();
  if (!text.encoder_weights.empty()) {
    LoadBertOptions dropout;
    dropout.hidden_dropout = config.text.hidden_dropout;
    dropout.attention_dropout = config.text.attention_dropout;
    ASAP_ASSIGN_OR_RETURN(bert, LoadBert(text.encoder_weights, dropout));
    if (config.text_length > bert->options().max_positions) {
      return absl::InvalidArgumentError(absl::StrCat("--text_length=", config.text_length, " exceeds the ",
                                                     bert->options().max_positions, " positions of ", text.encoder_weights));
    }
    if (text.tokenizer->vocabulary_size() > bert->options().vocabulary) {
      return absl::InvalidArgumentError(absl::StrCat(text.tokenizer_path, " has ", text.tokenizer->vocabulary_size(),
                                                     " tokens, but ", text.encoder_weights, " knows ",
                                                     bert->options().vocabulary));
    }
  } else if (reads_text) {
    config.text = TextEncoderFromFlags(text.tokenizer->vocabulary_size());
  }
  Model model;
  ASAP_ASSIGN_OR_RETURN(model.asap, AsapModel::Create(std::move(config), bert));
  if (!FLAGS_init.empty()) {
    const std::string path = UserPath(FLAGS_init);
    ASAP_ASSIGN_OR_RETURN(Weights file, ReadWeights(path));
    const absl::StatusOr<std::string> beginning = TakeOffBeginning(file.tensors, kPublishedAnchors);
    if (!beginning.ok()) return Annotate(beginning.status(), path);
    if (!beginning->empty()) file.renamed.push_back(absl::StrCat(*beginning, " taken off"));
    const absl::StatusOr<LoadReport> report = model.asap->Load(file.tensors);
    if (!report.ok()) return Annotate(report.status(), path);
    LogInfo(absl::StrCat("starting weights of ", path, ": ", report->Summary(),
                         file.renamed.empty() ? "" : "; names of tensors: ", absl::StrJoin(file.renamed, ", ")));
    if (report->loaded.empty()) return absl::InvalidArgumentError(absl::StrCat(path, ": no tensor in it belongs to this model"));
  }
  if (!FLAGS_text_cache.empty() && reads_text) {
    ASAP_ASSIGN_OR_RETURN(
        std::unique_ptr<TextCache> cache,
        TextCache::Open(UserPath(FLAGS_text_cache), model.asap->TextEncoderDigest(), int64_t{FLAGS_text_cache_gb} << 30));
    model.asap->SetTextCache(std::move(cache));
  }
  if (FLAGS_precision == "bf16") model.asap->NarrowFrozenText();
  for (const NamedTensor& parameter : model.asap->Parameters()) model.trained += parameter.tensor.numel();
  for (const NamedTensor& parameter : model.asap->State()) model.frozen += parameter.tensor.numel();
  model.frozen -= model.trained;
  return model;
}

LoaderOptions LoaderOptionsFromFlags(c10::Device device, const ProcessGroup* group) {
  LoaderOptions options;
  if (group != nullptr) {
    options.rank = group->rank();
    options.world = group->world();
  }
  options.pinned = !device.is_cpu();
  options.batch_size = FLAGS_batch_size;
  options.threads = FLAGS_threads;
  options.max_queue_bytes = int64_t{FLAGS_queue_mb} << 20;
  options.on_bad_case = FLAGS_on_bad_case == "skip" ? LoaderOptions::BadCase::kSkip : LoaderOptions::BadCase::kFail;
  options.seed = FLAGS_seed;
  return options;
}

SampleOptions SampleOptionsFromFlags(const AsapConfig& config, const TextSource& text) {
  SampleOptions options;
  options.augment = AugmentFromFlags(config);
  options.patches = config.patches();
  options.mirror_masks = !FLAGS_upstream_compat;
  if (text.tokenizer != nullptr) {
    options.text =
        std::make_shared<ReportEncoder>(text.tokenizer, ReportEncoderOptions{.max_length = config.text_length,
                                                                             .upstream_compat = FLAGS_upstream_compat,
                                                                             .mask_probability = FLAGS_text_mask_ratio});
  }
  return options;
}

TrainerOptions TrainerOptionsFromFlags(const std::string& output_dir, c10::Device device) {
  TrainerOptions options;
  options.epochs = FLAGS_epochs;
  options.steps = FLAGS_steps;
  options.accumulate = FLAGS_accumulate;
  options.drop_partial_accumulation = FLAGS_upstream_compat;
  const double horizon = FLAGS_epochs > 0 ? FLAGS_epochs : FLAGS_steps;
  options.schedule = {.peak = FLAGS_lr, .minimum = FLAGS_min_lr, .warmup = FLAGS_warmup * horizon, .horizon = horizon};
  options.adamw.weight_decay = FLAGS_weight_decay;
  options.clip_gradient_norm = FLAGS_clip_grad_norm;
  options.update_in_backward = FLAGS_update_in_backward;
  options.device = device;
  options.seed = FLAGS_seed;
  options.output_dir = output_dir;
  options.resume = FLAGS_resume == "auto" || FLAGS_resume == "never" ? FLAGS_resume : UserPath(FLAGS_resume);
  options.checkpoint_every_steps = FLAGS_checkpoint_every;
  options.keep_checkpoints = FLAGS_keep_checkpoints;
  options.log_every_steps = FLAGS_log_every;
  options.max_skipped_in_a_row = FLAGS_max_bad_steps;
  options.title = absl::StrCat("ASAP pre-training: ", FLAGS_config);
  options.config = DecidingFlags();
  return options;
}

void PrintPlan(const Dataset& dataset, const Loader& loader, const Model& model, const TextSource& text,
               const std::string& output_dir, const ProcessGroup* group) {
  const AsapConfig& config = model.asap->config();
  LogInfo(absl::StrCat("data       ", dataset.card().title, ": ", dataset.size(), " cases, ", loader.batches_per_epoch(),
                       " batches of ", FLAGS_batch_size, " an epoch"));
  LogInfo(absl::StrCat("input      ", absl::StrJoin(config.volume, "x"), " voxels in ", absl::StrJoin(config.patch, "x"),
                       " patches: ", config.patches(), " tokens, ",
                       static_cast<int64_t>(static_cast<double>(config.patches()) * (1 - config.mask_ratio)), " visible"));
  LogInfo(absl::StrFormat("model      %.1f M parameters trained, %.1f M frozen; losses %s%s",
                          static_cast<double>(model.trained) / 1e6, static_cast<double>(model.frozen) / 1e6,
                          absl::StrJoin(config.losses, ", "), FLAGS_upstream_compat ? " (published behaviour)" : ""));
  if (text.tokenizer == nullptr) {
    LogInfo("text       none is read: none of these losses needs reports");
  } else {
    LogInfo(absl::StrCat("text       ", text.encoder_weights.empty() ? "a BERT learned along" : text.encoder_weights,
                         ", vocabulary of ", text.tokenizer->vocabulary_size(), " (", text.tokenizer->kind(), ")"));
  }
  LogInfo(absl::StrCat("training   ",
                       FLAGS_epochs > 0 ? absl::StrCat(FLAGS_epochs, " epochs") : absl::StrCat(FLAGS_steps, " steps"), " of ",
                       FLAGS_batch_size * FLAGS_accumulate * loader.options().world, " cases, ", FLAGS_precision, ", ",
                       at::get_num_threads(), " compute and ", FLAGS_threads, " loader threads"));
  if (group != nullptr) {
    std::set<std::string> hosts;
    for (int64_t rank = 0; rank < group->world(); ++rank) hosts.insert(group->host(rank));
    LogInfo(
        absl::StrCat("processes  ", group->world(), " on ", absl::StrJoin(hosts, ", "), ", gradients by ", group->transport()));
  }
  LogInfo(absl::StrCat("output     ", output_dir));
  if (config.HasLoss("global") && FLAGS_batch_size == 1) {
    LogWarning(
        "warning: with --batch_size=1 the loss global has no negatives, is 0 and teaches nothing: they are the other cases of a "
        "micro-step. --accumulate and more processes add none. Remedy: raise --batch_size.");
  }
}

// One forward and backward pass, timed; nothing is kept.
absl::Status DryRun(Model& model, Loader& loader, c10::Device device) {
  using Clock = std::chrono::steady_clock;
  DeviceFeed feed(&loader, device);
  ASAP_ASSIGN_OR_RETURN(const LoadedBatch next, feed.Next());
  ASAP_ASSIGN_OR_RETURN(const Precision precision, ParsePrecision(FLAGS_precision));
  model.asap->SetTraining(true);
  const Clock::time_point start = Clock::now();
  at::Tensor total;
  std::string terms;
  {
    const AutocastGuard autocast(precision, device.type());
    ASAP_ASSIGN_OR_RETURN(const std::vector<LossTerm> losses, model.asap->Forward(*next.batch));
    for (const LossTerm& term : losses) {
      total = total.defined() ? total + term.value : term.value;
      absl::StrAppend(&terms, " ", term.name, " ", absl::StrFormat("%.4f", term.value.item<double>()));
    }
  }
  total.backward();
  if (!device.is_cpu()) at::accelerator::synchronizeDevice(device.index());
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  const std::string gpu =
      device.is_cpu() ? "" : absl::StrFormat(", on the GPU %.2f GB", static_cast<double>(PeakDeviceMemoryBytes(device)) / 1e9);
  std::printf("dry run: one step of %d cases took %.2f s;%s; peak memory %.2f GB%s\n", FLAGS_batch_size, seconds, terms.c_str(),
              static_cast<double>(PeakMemoryBytes()) / 1e9, gpu.c_str());
  return absl::OkStatus();
}

// `group` is null for a single process.
absl::Status Pretrain(ProcessGroup* group) {
  RankDevice place{.name = FLAGS_device};
  if (group != nullptr) {
    ASAP_ASSIGN_OR_RETURN(
        place, ChooseRankDevice(FLAGS_device, FLAGS_backend, group->local_rank(), group->local_world(), ProcessEnvironment()));
  }
  ASAP_ASSIGN_OR_RETURN(const c10::Device device, OpenDevice(place.name));
  if (group != nullptr) {
    ASAP_RETURN_IF_ERROR(group->Connect(device, place.backend));
    ASAP_RETURN_IF_ERROR(CheckSameAsRankZero(*group, SharedFlags()));
  }
  SetComputeThreads(group);
  if (device.is_cpu()) KeepTensorMemory(FLAGS_checkpoint_blocks ? kFewIdle : kAllIdle);
  const bool is_rank_zero = group == nullptr || group->rank() == 0;
  const auto on_rank_zero = [group](const std::function<absl::Status()>& work) {
    return group == nullptr ? work() : group->FirstOnRankZero(work);
  };
  ASAP_ASSIGN_OR_RETURN(const AsapConfig config, ConfigFromFlags());
  for (const std::string& loss : config.losses) {
    if (const auto known = Registry<LossFactory>::Get("loss").Find(loss); !known.ok()) return known.status();
  }
  const std::string output_dir = OutputDir();
  std::unique_ptr<FolderLock> lock;  // for all processes of the job
  if (is_rank_zero) {
    ASAP_ASSIGN_OR_RETURN(lock, TakeOutputFolder(output_dir, {.program = "pretrain",
                                                              .writes = {"index.html", "log.jsonl", "run.flags", "tensorboard",
                                                                         "checkpoints", "encoder.safetensors"},
                                                              .records = {"run.flags"}}));
  }

  ASAP_ASSIGN_OR_RETURN(const DatasetOptions dataset_options, DatasetOptionsFromFlags(config));
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<Dataset> dataset, OpenDataset(FLAGS_data, dataset_options));
  const std::string cases = CasesDigest(*dataset, config.ReadsText());
  if (group != nullptr) ASAP_RETURN_IF_ERROR(CheckSameAsRankZero(*group, {{kCasesSetting, cases}}));
  if (FLAGS_data != "phantom") {  // which is right by construction
    ASAP_RETURN_IF_ERROR(on_rank_zero([&] {
      const absl::Status checked = FLAGS_verify ? CheckDataset(*dataset, FLAGS_on_bad_case == "skip") : absl::OkStatus();
      if (checked.ok()) WarnOfSpacing(*dataset, config.spacing_mm);
      return checked;
    }));
  }
  TextSource text;  // stays empty where no loss reads it
  if (config.ReadsText()) {
    ASAP_ASSIGN_OR_RETURN(
        text, ChooseText(group, FLAGS_text_encoder, FLAGS_tokenizer, FLAGS_vocabulary, *dataset,
                         {.folder = output_dir, .going_on = MayGoOn(FLAGS_resume, output_dir), .trial = FLAGS_dry_run}));
  }
  ASAP_ASSIGN_OR_RETURN(Model model, BuildModel(config, text));
  ASAP_ASSIGN_OR_RETURN(std::unique_ptr<SampleReader> rows,
                        SampleReader::Open(dataset.get(), SampleOptionsFromFlags(config, text)));
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<Loader> loader,
                        Loader::Open(std::move(rows), LoaderOptionsFromFlags(device, group)));
  PrintPlan(*dataset, *loader, model, text, output_dir, group);
  if (!device.is_cpu()) model.asap->To(device);
  if (FLAGS_dry_run) return on_rank_zero([&] { return DryRun(model, *loader, device); });

  TrainerOptions options = TrainerOptionsFromFlags(output_dir, device);
  options.config.emplace_back("vocabulary file", text.tokenizer == nullptr ? "none" : text.tokenizer->fingerprint());
  options.config.emplace_back(kCasesSetting, cases);
  options.config.emplace_back(kVolumeFilesSetting, is_rank_zero ? VolumeFilesDigest(*dataset) : "");
  options.group = group;
  ASAP_ASSIGN_OR_RETURN(options.precision, ParsePrecision(FLAGS_precision));
  options.settings = options.config;
  const std::string encoder_path = absl::StrCat(output_dir, "/encoder.safetensors");
  TrainerCallbacks callbacks;
  callbacks.at_start = [&] { return WriteFileAtomically(absl::StrCat(output_dir, "/run.flags"), ResolvedFlagfile("pretrain")); };
  callbacks.at_end = [&] { return model.asap->SaveEncoder(encoder_path); };
  const InterruptScope interrupt;
  callbacks.interrupted = [&] { return interrupt.requested(); };
  Trainer trainer(model.asap.get(), loader.get(), options, std::move(callbacks));
  const absl::StatusOr<TrainingSummary> trained = trainer.Run();
  if (absl::IsCancelled(trained.status())) {  // stopped on request with all work saved: no error, a scheduler may requeue it
    if (is_rank_zero) LogWarning(trained.status().message());
    return absl::OkStatus();
  }
  if (!trained.ok()) return trained.status();
  const TrainingSummary& summary = *trained;

  const LoaderStatistics statistics = loader->statistics();
  if (!statistics.bad_cases.empty()) {
    LogWarning(absl::StrCat("warning: ", statistics.bad_cases.size(), " cases could not be read and were left out (",
                            statistics.replaced_samples, " samples replaced): ", absl::StrJoin(statistics.bad_cases, ", ")));
  }
  if (!is_rank_zero) return absl::OkStatus();
  if (summary.resumed_from == summary.steps) {
    LogInfo(absl::StrCat("this run was finished before (", summary.steps, " steps); --resume=never starts anew"));
  }
  std::printf("%s\n  encoder.safetensors   the pre-trained encoder\n  index.html            curves of the losses\n",
              output_dir.c_str());
  std::printf(
      "  checkpoints/          to go on, or to --init from\n  log.jsonl, run.flags  the numbers, and the flags that made them\n");
  return absl::OkStatus();
}

}  // namespace

ToolHelp PretrainHelp() {
  return {
      .name = "pretrain",
      .summary =
          "Pre-trains a 3-D vision transformer on CT volumes and their reports with ASAP's losses. Leaves in the output folder:\n"
          "encoder.safetensors (the result), checkpoints/, log.jsonl, TensorBoard events, index.html with the curves, and\n"
          "run.flags, which reproduces the run. A stopped run goes on when its command is typed again.",
      .examples = {"./tools/bazel run //tools:pretrain",
                   "./tools/bazel run //tools:pretrain -- --losses=image,report --output_dir=asap_runs/ablation",
                   "./tools/bazel run //tools:pretrain -- --losses=global --output_dir=asap_runs/global_contrastive",
                   "./tools/bazel run //tools:pretrain -- --config=vit_b --data=pairs --pairs=prepared/manifest.csv --dry_run",
                   "./tools/bazel run //tools:pretrain -- --flagfile=asap_runs/demo/run.flags --output_dir=asap_runs/again"},
      .defaults = ConfigDefaults};
}

absl::Status PretrainMain() {
  ASAP_RETURN_IF_ERROR(CheckFlags());
  ASAP_ASSIGN_OR_RETURN(const std::optional<LaunchEnvironment> launch, ReadLaunchEnvironment(ProcessEnvironment()));
  if (!launch.has_value()) return Pretrain(nullptr);
  if (launch->rank != 0) LogAsRank(launch->rank);
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<ProcessGroup> group,
                        ProcessGroup::Join(*launch, {.timeout = absl::Seconds(FLAGS_rank_timeout)}));
  const absl::Status status = Pretrain(group.get());
  group->Leave(status);
  return status.ok() || launch->rank == 0 ? status : Annotate(status, absl::StrCat("[rank ", launch->rank, "]"));
}

}  // namespace asap
