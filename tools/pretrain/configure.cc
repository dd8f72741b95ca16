#include "tools/pretrain/configure.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/base/suggest.h"
#include "core/data/volume_cache/volume_cache.h"
#include "tools/cli/cli.h"
#include "tools/pretrain/flags.h"

namespace asap {

absl::StatusOr<std::array<int64_t, 3>> ParseTriple(const std::string& flag, const std::string& text) {
  const std::vector<std::string> words = absl::StrSplit(text, 'x');
  std::array<int64_t, 3> sizes;
  bool ok = words.size() == 3;
  for (size_t axis = 0; ok && axis < 3; ++axis) ok = absl::SimpleAtoi(words[axis], &sizes[axis]) && sizes[axis] > 0;
  if (!ok) {
    return absl::InvalidArgumentError(
        absl::StrCat("--", flag, "=", text, " is not valid: expected three positive numbers such as 64x64x32"));
  }
  return sizes;
}

absl::StatusOr<AsapConfig> ConfigFromFlags() {
  AsapConfig config;
  ASAP_ASSIGN_OR_RETURN(config.volume, ParseTriple("volume", FLAGS_volume));
  ASAP_ASSIGN_OR_RETURN(config.patch, ParseTriple("patch", FLAGS_patch));
  const std::vector<std::string> spacing = absl::StrSplit(FLAGS_spacing, 'x');
  bool ok = spacing.size() == 3;
  for (size_t axis = 0; ok && axis < 3; ++axis)
    ok = absl::SimpleAtod(spacing[axis], &config.spacing_mm[axis]) && config.spacing_mm[axis] > 0;
  if (!ok) {
    return absl::InvalidArgumentError(
        absl::StrCat("--spacing=", FLAGS_spacing, " is not valid: expected three positive numbers such as 1.5x1.5x3.0"));
  }
  config.width = FLAGS_width;
  config.depth = FLAGS_depth;
  config.heads = FLAGS_heads;
  config.decoder_width = FLAGS_decoder_width;
  config.decoder_depth = FLAGS_decoder_depth;
  config.decoder_heads = FLAGS_decoder_heads;
  config.mask_ratio = FLAGS_mask_ratio;
  config.report.layers = FLAGS_report_depth;
  config.report.heads = FLAGS_report_heads;
  config.report.intermediate = FLAGS_report_hidden;
  config.text_length = FLAGS_text_length;
  config.losses = absl::StrSplit(FLAGS_losses, ',', absl::SkipEmpty());
  config.seed = FLAGS_seed;
  config.checkpoint_blocks = FLAGS_checkpoint_blocks;
  config.adaptive_k_gradient = FLAGS_adaptive_k_gradient;
  config.fixed_k = FLAGS_fixed_k;
  config.grounding_bias = FLAGS_grounding_scale != 0;
  config.grounding_bias_scale = FLAGS_grounding_scale;
  config.exclude_padding_sentences = FLAGS_exclude_padding_sentences;
  config.masked_tokens_only = FLAGS_masked_tokens_only;
  config.masked_voxels_mean = FLAGS_masked_voxels_mean;
  config.norm_pix_loss = FLAGS_norm_pix_loss;
  if (FLAGS_upstream_compat) config.UpstreamCompat();
  return config;
}

namespace {

// Null where the flags turn it off, or no home folder is known to put it in.
std::shared_ptr<VolumeCache> CacheFromFlags() {
  if (FLAGS_cache_dir.empty() || FLAGS_cache_dir == "none") return nullptr;
  const std::string folder = FLAGS_cache_dir == "auto" ? DefaultCacheFolder() : UserPath(FLAGS_cache_dir);
  if (folder.empty()) return nullptr;
  return std::make_shared<VolumeCache>(
      VolumeCacheOptions{.folder = folder, .max_bytes = static_cast<int64_t>(FLAGS_cache_gb * 1e9)});
}

}  // namespace

absl::StatusOr<DatasetOptions> DatasetOptionsFromFlags(const AsapConfig& config) {
  DatasetOptions options{.root = UserPath(FLAGS_data_root), .table = UserPath(FLAGS_pairs), .split = FLAGS_split};
  if (!(FLAGS_cache_gb >= 0)) return absl::InvalidArgumentError("--cache_gb must not be negative");
  if (FLAGS_data == "phantom") {
    options.parameters["cases"] = "1600";
    options.parameters["cache_mb"] = "1200";  // all of them at the demo's size: rendering costs as much as a training step
    options.parameters["size"] = absl::StrCat(config.volume[0], "x", config.volume[1], "x", config.volume[2]);
  }
  for (absl::string_view entry : absl::StrSplit(FLAGS_data_options, ',', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(entry, absl::MaxSplits('=', 1));
    if (pair.first.empty() || pair.second.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("--data_options: \"", entry, "\" is not of the form name=value"));
    }
    options.parameters[pair.first] = pair.second;
  }
  if (FLAGS_data == "pairs" && FLAGS_pairs.empty()) return absl::InvalidArgumentError("--data=pairs needs --pairs=FILE.csv");
  if (FLAGS_data == "ct_rate" && FLAGS_data_root.empty()) {
    return absl::InvalidArgumentError("--data=ct_rate needs --data_root=FOLDER, the one that holds train_reports_ctrate.csv");
  }
  if (FLAGS_data != "phantom") options.cache = CacheFromFlags();
  return options;
}

TextEncoderConfig TextEncoderFromFlags(int64_t vocabulary) {
  if (FLAGS_text_encoder == "learned") {
    return {.vocabulary = vocabulary,
            .width = FLAGS_text_width,
            .layers = FLAGS_text_depth,
            .heads = FLAGS_text_heads,
            .intermediate = 2 * FLAGS_text_width,
            .max_positions = FLAGS_text_length,
            .hidden_dropout = 0.1,
            .attention_dropout = 0.1,
            .trainable = true};
  }
  if (FLAGS_text_encoder == "minilm") return {.width = 384, .layers = 6, .heads = 12, .intermediate = 1536};
  return {};
}

absl::StatusOr<std::vector<std::string>> ConfigDefaults(const std::vector<std::string>& typed) {
  const std::vector<std::string> known = {"demo", "vit_b"};
  const std::string name = TypedFlag(typed, "config").value_or("demo");
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    return absl::InvalidArgumentError(UnknownName("configuration", name, known));
  }
  ASAP_ASSIGN_OR_RETURN(const std::string path, Runfile(absl::StrCat("asap/tools/configs/", name, ".flags")));
  return std::vector<std::string>{"--flagfile=" + path};
}

AugmentOptions AugmentFromFlags(const AsapConfig& config) {
  return {.roi = config.volume,
          .roi_scale = FLAGS_crop_scale,
          .hu_min = config.hu_min,
          .hu_max = config.hu_max,
          .flip_probability = FLAGS_flip_probability,
          .shift_probability = FLAGS_shift_probability};
}

}  // namespace asap
