#include "modules/vit3d/vit_encoder.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <mutex>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/log.h"
#include "core/base/status.h"
#include "core/base/suggest.h"
#include "core/io/safetensors.h"
#include "core/io/weight_names.h"
#include "core/io/weights.h"
#include "modules/layers/state.h"
#include "modules/vit3d/drop_path.h"
#include "modules/vit3d/vision_transformer.h"

namespace asap {
namespace {

constexpr char kFormat[] = "asap-encoder-1";
using Settings = std::map<std::string, std::string>;

template <typename T>
bool ParseTriple(const std::string& text, std::array<T, 3>& out) {
  const std::vector<std::string> parts = absl::StrSplit(text, 'x');
  if (parts.size() != 3) return false;
  for (int i = 0; i < 3; ++i) {
    if constexpr (std::is_floating_point_v<T>) {
      if (!absl::SimpleAtod(parts[i], &out[i]) || !(out[i] > 0) || !std::isfinite(out[i])) return false;
    } else {
      if (!absl::SimpleAtoi(parts[i], &out[i]) || out[i] < 1 || out[i] > 4096) return false;
    }
  }
  return true;
}

absl::Status BadSetting(const std::string& key, const std::string& value, absl::string_view expected) {
  return absl::InvalidArgumentError(absl::StrCat("encoder parameter ", key, "=", value, ": expected ", expected));
}

struct Layout {
  VitOptions vit;
  EncoderSpec spec;
};

// Applies `settings` to the layout. `known` collects what was set.
absl::Status Apply(const Settings& settings, Layout& layout) {
  for (const auto& [key, value] : settings) {
    if (key == "volume" || key == "patch") {
      if (!ParseTriple(value, key == "volume" ? layout.vit.volume : layout.vit.patch))
        return BadSetting(key, value, "voxels as HxWxD");
    } else if (key == "position_volume") {
      if (!ParseTriple(value, layout.vit.position_volume.emplace())) return BadSetting(key, value, "voxels as HxWxD");
    } else if (key == "spacing_mm") {
      if (!ParseTriple(value, layout.spec.spacing_mm)) return BadSetting(key, value, "millimetres as 1.5x1.5x3");
    } else if (key == "width" || key == "depth" || key == "heads" || key == "mlp_width") {
      int64_t number = 0;
      if (!absl::SimpleAtoi(value, &number) || number < 1 || number > 262144) return BadSetting(key, value, "a positive number");
      (key == "width"   ? layout.vit.width
       : key == "depth" ? layout.vit.depth
       : key == "heads" ? layout.vit.heads
                        : layout.vit.mlp_width) = number;
    } else if (key == "hu_min" || key == "hu_max") {
      double number = 0;
      if (!absl::SimpleAtod(value, &number) || !std::isfinite(number)) return BadSetting(key, value, "a number of HU");
      (key == "hu_min" ? layout.spec.hu_min : layout.spec.hu_max) = number;
    } else {
      return absl::InvalidArgumentError(UnknownName(
          "encoder parameter", key,
          {"depth", "heads", "hu_max", "hu_min", "mlp_width", "patch", "position_volume", "spacing_mm", "volume", "width"}));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Layout> Finished(Layout layout, uint64_t seed) {
  ASAP_RETURN_IF_ERROR(layout.vit.Validate());
  if (layout.vit.position_volume == layout.vit.volume) layout.vit.position_volume.reset();
  layout.vit.seed = seed;
  layout.spec.name = "asap";
  layout.spec.volume = layout.vit.volume;
  layout.spec.patch = layout.vit.patch;
  layout.spec.width = layout.vit.width;
  layout.spec.depth = layout.vit.depth;
  return layout;
}

Settings Metadata(const Layout& layout) {
  Settings metadata = {{"format", kFormat},
                       {"volume", absl::StrJoin(layout.vit.volume, "x")},
                       {"patch", absl::StrJoin(layout.vit.patch, "x")},
                       {"width", absl::StrCat(layout.vit.width)},
                       {"depth", absl::StrCat(layout.vit.depth)},
                       {"heads", absl::StrCat(layout.vit.heads)},
                       {"spacing_mm", absl::StrJoin(layout.spec.spacing_mm, "x")},
                       {"hu_min", absl::StrCat(layout.spec.hu_min)},
                       {"hu_max", absl::StrCat(layout.spec.hu_max)}};
  if (layout.vit.hidden() != 4 * layout.vit.width) metadata["mlp_width"] = absl::StrCat(layout.vit.hidden());
  if (layout.vit.position_volume.has_value()) metadata["position_volume"] = absl::StrJoin(*layout.vit.position_volume, "x");
  return metadata;
}

// Says what a user should know of a file once, however often it is opened.
void TellOnce(const std::string& what) {
  static std::mutex mutex;
  static auto* const told = new std::set<std::string>;
  const std::lock_guard<std::mutex> lock(mutex);
  if (told->insert(what).second) LogInfo(what);
}

int64_t GuessedHeads(int64_t width) { return std::max<int64_t>(1, width / 64); }

// Sizes from the tensors' shapes.
absl::Status ReadShapes(const std::map<std::string, at::Tensor>& tensors, Layout& layout) {
  const auto kernel = tensors.find("patch_embed.proj.weight");
  if (kernel == tensors.end() || kernel->second.dim() != 5 || kernel->second.numel() == 0) {
    return absl::InvalidArgumentError("no tensor patch_embed.proj.weight [C, 1, p, q, r] in it: not an ASAP encoder");
  }
  layout.vit.width = kernel->second.size(0);
  for (int axis = 0; axis < 3; ++axis) layout.vit.patch[axis] = kernel->second.size(2 + axis);
  layout.vit.depth = 0;
  while (tensors.count(absl::StrCat("blocks.", layout.vit.depth, ".norm1.weight")) > 0) ++layout.vit.depth;
  layout.vit.heads = GuessedHeads(layout.vit.width);
  const auto hidden = tensors.find("blocks.0.mlp.fc1.weight");
  if (hidden != tensors.end() && hidden->second.dim() == 2) layout.vit.mlp_width = hidden->second.size(0);
  return absl::OkStatus();
}

// The volume that the file's position table is of, where its metadata does not tell: `asked` if it has as many patches, else
// that whose grid is a cube.
absl::StatusOr<std::string> VolumeOfTable(const at::Tensor& table, const Size3& patch, const std::string& asked) {
  const int64_t rows = table.size(1) - 1;
  Size3 volume{};
  if (!asked.empty()) {
    if (!ParseTriple(asked, volume)) return BadSetting("volume", asked, "voxels as HxWxD");
    if (volume[0] / patch[0] * (volume[1] / patch[1]) * (volume[2] / patch[2]) == rows) return asked;
  }
  const int64_t side = std::llround(std::cbrt(static_cast<double>(rows)));
  if (side * side * side == rows) return absl::StrJoin({side * patch[0], side * patch[1], side * patch[2]}, "x");
  return absl::InvalidArgumentError(absl::StrCat("it has positions of ", rows, " patches and does not tell of which volume",
                                                 asked.empty() ? "" : absl::StrCat(", and volume=", asked, " has another number"),
                                                 ": give the parameter ", asked.empty() ? "volume" : "position_volume",
                                                 "=HxWxD, voxels of the volume that it was trained on"));
}

absl::StatusOr<std::unique_ptr<Encoder>> Made(const EncoderSpec& spec, std::shared_ptr<VisionTransformer> model,
                                              at::Device device) {
  model->train(false);
  try {
    if (!device.is_cpu()) model->to(device);
  } catch (const std::exception& error) {  // out of memory, a device that is not there
    const auto* known = dynamic_cast<const c10::Error*>(&error);
    return absl::FailedPreconditionError(absl::StrCat("the encoder cannot be put on ", device.str(), ": ",
                                                      known == nullptr ? error.what() : known->what_without_backtrace(),
                                                      "; devices come from OpenDevice(), which says what is missing"));
  }
  return std::make_unique<VitEncoder>(spec, std::move(model));
}

// Whether the values of the file's tensors are wanted, or its architecture alone.
enum class Values { kOfFile, kRandom };

absl::StatusOr<std::unique_ptr<Encoder>> LoadFile(const EncoderOptions& options, Values values) {
  ASAP_ASSIGN_OR_RETURN(Weights file, ReadWeights(options.weights));
  constexpr const char* kAnchors[] = {"patch_embed.proj.weight"};
  ASAP_ASSIGN_OR_RETURN(const std::string beginning, TakeOffBeginning(file.tensors, kAnchors));
  if (!beginning.empty()) file.renamed.push_back(absl::StrCat(beginning, " taken off"));
  Layout layout;
  ASAP_RETURN_IF_ERROR(ReadShapes(file.tensors, layout));
  Settings told;
  if (const auto format = file.metadata.find("format"); format != file.metadata.end() && format->second == kFormat) {
    told = file.metadata;
    told.erase("format");
  }
  if (!file.renamed.empty()) {
    TellOnce(absl::StrCat(options.weights, ": names of tensors: ", absl::StrJoin(file.renamed, ", ")));
  }
  Settings asked = options.parameters;
  const std::string volume = asked.count("volume") > 0 ? asked.extract("volume").mapped() : "";
  for (const auto& [key, value] : asked) {
    const auto entry = told.emplace(key, value).first;
    if (entry->second != value) {
      return absl::InvalidArgumentError(
          absl::StrCat("encoder parameter ", key, "=", value, ", but the file says ", entry->second));
    }
  }
  const auto table = file.tensors.find("pos_embed");
  if (told.count("volume") == 0 && told.count("position_volume") == 0 && table != file.tensors.end() &&
      table->second.dim() == 3) {
    ASAP_ASSIGN_OR_RETURN(told["volume"], VolumeOfTable(table->second, layout.vit.patch, volume));
  }
  if (!volume.empty()) {
    if (told.count("volume") > 0) told.emplace("position_volume", told["volume"]);
    told["volume"] = volume;
  }
  const Settings given = told;
  const Layout shapes = layout;
  ASAP_RETURN_IF_ERROR(Apply(told, layout));
  if (layout.vit.width != shapes.vit.width || layout.vit.depth != shapes.vit.depth || layout.vit.patch != shapes.vit.patch ||
      layout.vit.hidden() != shapes.vit.hidden()) {
    return absl::InvalidArgumentError(absl::StrCat("its tensors have width ", shapes.vit.width, ", depth ", shapes.vit.depth,
                                                   ", patch ", absl::StrJoin(shapes.vit.patch, "x"), ", mlp_width ",
                                                   shapes.vit.hidden(), "; its metadata or the parameters say otherwise"));
  }
  ASAP_ASSIGN_OR_RETURN(layout, Finished(layout, options.seed));
  if (const std::string assumed = AssumedOf(given, Metadata(layout)); !assumed.empty()) {
    TellOnce(absl::StrCat(options.weights, ": it does not tell ", assumed,
                          ", which is assumed; tools:import with --encoder_options writes what is right into the file"));
  }
  auto model = std::make_shared<VisionTransformer>(layout.vit);
  if (values == Values::kRandom) return Made(layout.spec, std::move(model), options.device);
  const auto key_map = [](const std::string& key) -> std::string {
    const bool ours = key == "cls_token" || absl::StartsWith(key, "patch_embed.") || absl::StartsWith(key, "blocks.") ||
                      absl::StartsWith(key, "norm.");
    return ours ? key : "";
  };
  ASAP_ASSIGN_OR_RETURN(const LoadReport report, LoadTensors(ParametersOf(*model), file.tensors, key_map));
  if (!report.missing.empty())
    return absl::InvalidArgumentError(absl::StrCat("the encoder in it is not whole: ", report.Summary()));
  return Made(layout.spec, std::move(model), options.device);
}

}  // namespace

NamedTensors VitEncoder::Parameters() const { return ParametersOf(*model_); }

void VitEncoder::SetTraining(bool training) { model_->train(training); }

absl::StatusOr<EncoderOutput> VitEncoder::Encode(const at::Tensor& volumes, const EncodeOptions& options) {
  const auto& size = spec_.volume;
  if (!volumes.defined() || volumes.dim() != 5 || volumes.size(1) != 1 || volumes.size(2) != size[0] ||
      volumes.size(3) != size[1] || volumes.size(4) != size[2] || !volumes.is_floating_point()) {
    return absl::InvalidArgumentError(absl::StrCat("volumes of shape [",
                                                   volumes.defined() ? absl::StrJoin(volumes.sizes(), ", ") : "",
                                                   "], expected floating-point [B, 1, ", absl::StrJoin(size, ", "), "]"));
  }
  for (const int64_t block : options.intermediate_blocks) {
    if (block < 0 || block >= spec_.depth) {
      return absl::InvalidArgumentError(absl::StrCat("intermediate block ", block, ", expected 0 ... ", spec_.depth - 1));
    }
  }
  if (!(options.drop_path >= 0 && options.drop_path < 1)) {
    return absl::InvalidArgumentError(absl::StrCat("a drop-path rate of ", options.drop_path, ", expected one in [0, 1)"));
  }
  try {
    EncoderOutput output;
    at::Tensor drop_path;
    if (options.drop_path > 0) {
      drop_path = DropPathScales(options.drop_path, spec_.depth, volumes.size(0), options.drop_path_seed);
    }
    const at::Tensor latent = model_->Encode(volumes, options.intermediate_blocks, &output.intermediates, drop_path);
    output.class_token = latent.select(1, 0);
    output.patch_tokens = latent.slice(1, 1);
    return output;
  } catch (const std::exception& error) {  // out of memory, a device that is gone
    return absl::InternalError(absl::StrCat("encoding failed: ", error.what()));
  }
}

namespace {

absl::StatusOr<std::unique_ptr<Encoder>> Load(const EncoderOptions& options, Values values) {
  if (!options.weights.empty()) {
    absl::StatusOr<std::unique_ptr<Encoder>> encoder = LoadFile(options, values);
    if (!encoder.ok() && !absl::StrContains(encoder.status().message(), options.weights)) {
      return Annotate(encoder.status(), options.weights);
    }
    return encoder;
  }
  Layout layout;
  ASAP_RETURN_IF_ERROR(Apply(options.parameters, layout));
  ASAP_ASSIGN_OR_RETURN(layout, Finished(layout, options.seed));
  return Made(layout.spec, std::make_shared<VisionTransformer>(layout.vit), options.device);
}

absl::StatusOr<std::unique_ptr<Encoder>> Renamed(absl::StatusOr<std::unique_ptr<Encoder>> encoder, const std::string& name) {
  if (encoder.ok()) static_cast<VitEncoder&>(**encoder).Rename(name);
  return encoder;
}

absl::StatusOr<std::unique_ptr<Encoder>> LoadRandom(const EncoderOptions& options) {
  return Renamed(Load(options, Values::kRandom), "random");
}

// What the pre-training code makes without ASAP's components is an encoder of the same kind, under its own name in results.
EncoderFactory BaselineLoader(const std::string& name) {
  return [name](const EncoderOptions& options) -> absl::StatusOr<std::unique_ptr<Encoder>> {
    if (options.weights.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("encoder ", name, " needs weights: pre-train one; random weights are the encoder \"random\""));
    }
    return Renamed(Load(options, Values::kOfFile), name);
  };
}

}  // namespace

absl::StatusOr<std::unique_ptr<Encoder>> LoadVitEncoder(const EncoderOptions& options) { return Load(options, Values::kOfFile); }

absl::Status WriteVitEncoder(const std::string& path, const VisionTransformer& model, const EncoderSpec& spec) {
  NamedTensors tensors = ParametersOf(model);
  for (const auto& buffer : model.named_buffers()) tensors.push_back({buffer.key(), buffer.value()});
  return WriteSafetensors(path, tensors, VitEncoderMetadata(model.options(), spec));
}

std::string AssumedOf(const std::map<std::string, std::string>& given, const std::map<std::string, std::string>& metadata) {
  std::vector<std::string> assumed;
  for (const char* key : {"heads", "spacing_mm", "hu_min", "hu_max"}) {
    if (given.count(key) > 0) continue;
    const bool heads = absl::string_view(key) == "heads";
    assumed.push_back(absl::StrCat(key, "=", metadata.at(key), heads ? " (width / 64)" : ""));
  }
  return absl::StrJoin(assumed, ", ");
}

std::map<std::string, std::string> VitEncoderMetadata(const VitOptions& options, const EncoderSpec& spec) {
  return Metadata({options, spec});
}

absl::StatusOr<std::map<std::string, std::string>> VitEncoderMetadata(const std::map<std::string, std::string>& settings) {
  Layout layout;
  ASAP_RETURN_IF_ERROR(Apply(settings, layout));
  ASAP_ASSIGN_OR_RETURN(layout, Finished(layout, /*seed=*/0));
  return Metadata(layout);
}

REGISTER_ENCODER("asap", LoadVitEncoder);
REGISTER_ENCODER("random", LoadRandom);
REGISTER_ENCODER("mae", BaselineLoader("mae"));
REGISTER_ENCODER("global_contrastive", BaselineLoader("global_contrastive"));
REGISTER_ENCODER("simcrop", BaselineLoader("simcrop"));

}  // namespace asap
