#include "tools/import/import_weights.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "core/base/status.h"
#include "core/base/suggest.h"
#include "core/io/finite.h"
#include "core/io/weight_names.h"
#include "modules/asap/published_state.h"
#include "modules/bert/load_bert.h"
#include "modules/vit3d/vit_encoder.h"

namespace asap {
namespace {

constexpr const char* kKindNames[] = {"auto", "asap", "mae", "cxr_bert", "merged"};
constexpr char kEncoder[] = "encoder", kTextEncoder[] = "text encoder";

using Tensors = std::map<std::string, at::Tensor>;

absl::Status Failed(absl::string_view message) { return absl::FailedPreconditionError(message); }

// A file that is not what it should be is no wrong call of this tool.
absl::Status AsFailed(const absl::Status& status) {
  return status.code() == absl::StatusCode::kInvalidArgument ? Failed(status.message()) : status;
}

const char* NameOf(WeightsKind kind) { return kKindNames[static_cast<int>(kind)]; }

bool HasBeginning(const Tensors& tensors, absl::string_view beginning) {
  const auto at = tensors.lower_bound(std::string(beginning));
  return at != tensors.end() && absl::StartsWith(at->first, beginning);
}

absl::StatusOr<WeightsKind> DetectKind(const Tensors& tensors) {
  const auto kernel = tensors.find("patch_embed.proj.weight");
  if (kernel != tensors.end() && kernel->second.dim() == 4) return WeightsKind::kMae;
  if (kernel != tensors.end()) return WeightsKind::kAsap;
  const bool blocks = HasBeginning(tensors, "blocks."), text = HasBeginning(tensors, "bert_encoder.");
  if (blocks && text) return WeightsKind::kMerged;
  if (blocks) return WeightsKind::kMae;
  if (text || FindBertPrefix(tensors).ok()) return WeightsKind::kCxrBert;
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors) {
    if (names.size() < 5) names.push_back(name);
  }
  return Failed(absl::StrCat("its names are those of no known kind of weights: ", absl::StrJoin(names, ", "),
                             tensors.size() > 5 ? ", ..." : ""));
}

// The name that a tensor has in the result, "" where the kind has it and it is not taken.
std::string NewName(WeightsKind kind, const std::string& name, const std::string& bert_prefix) {
  switch (kind) {
    case WeightsKind::kMae:  // the published merge step leaves these out
      for (const char* left_out : {"decoder", "patch", "cls_token", "pos_embed", "mask_token"}) {
        if (absl::StartsWith(name, left_out)) return "";
      }
      return name;
    case WeightsKind::kCxrBert: {
      if (absl::EndsWith(name, "position_ids") || absl::StrContains(name, "pooler.") ||
          absl::StrContains(name, "seq_relationship"))
        return "";
      if (absl::StartsWith(name, "bert_encoder.")) return name;
      return absl::StrCat("bert_encoder.", bert_prefix.empty() ? "bert." : "", name);
    }
    default:
      if (absl::EndsWith(name, "position_ids")) return "";
      return CurrentPublishedName(name);
  }
}

// Names of which weights of the kind have one.
absl::Span<const char* const> AnchorsOf(WeightsKind kind) {
  switch (kind) {
    case WeightsKind::kAsap:
    case WeightsKind::kMae:
      return kImageAnchors;
    case WeightsKind::kCxrBert:
      return kTextAnchors;
    default:
      return kPublishedAnchors;
  }
}

std::string Shape(at::IntArrayRef sizes) { return absl::StrCat("[", absl::StrJoin(sizes, ", "), "]"); }

// Adds the tensors of one file to the result.
absl::Status Merge(const ImportInput& input, const Weights& weights, WeightsKind kind, ImportedWeights& result) {
  const std::string prefix = FindBertPrefix(weights.tensors).value_or("");
  std::set<std::string> taken;
  for (const auto& [name, tensor] : weights.tensors) {
    const std::string now = NewName(kind, name, prefix);
    if (now.empty()) {
      result.report.ignored.push_back(name);
      continue;
    }
    if (!result.tensors.emplace(now, tensor).second) {
      return Failed(absl::StrCat(input.path, ": ", name, " would be the second ", now, "; the first came from ",
                                 taken.count(now) > 0 ? "the same file" : "another input"));
    }
    taken.insert(now);
    if (kind != WeightsKind::kCxrBert && now != name) result.report.renamed.push_back(absl::StrCat(name, " -> ", now));
  }
  std::string line =
      absl::StrCat(input.path, ": ", weights.form, ", kind ", NameOf(kind), ", ", weights.tensors.size(), " tensors");
  if (const auto epoch = weights.settings.find("epoch"); epoch != weights.settings.end()) {
    absl::StrAppend(&line, ", epoch ", epoch->second);
  }
  if (weights.others > 0)
    absl::StrAppend(&line, "; ", weights.others, " tensors beside the weights, as an optimiser's, left out");
  if (!weights.renamed.empty()) absl::StrAppend(&line, "; names: ", absl::StrJoin(weights.renamed, ", "));
  result.report.sources.push_back(line);
  result.files.insert(result.files.end(), weights.files.begin(), weights.files.end());
  return absl::OkStatus();
}

// What the file says of itself: our metadata, or the settings of the published code beside the weights.
std::map<std::string, std::string> ToldParameters(const Weights& weights) {
  std::map<std::string, std::string> told;
  const auto& metadata = weights.metadata;
  const auto setting = [&](const char* name) {
    const auto found = weights.settings.find(absl::StrCat("args.", name));
    return found == weights.settings.end() ? std::string() : found->second;
  };
  if (const auto format = metadata.find("format"); format != metadata.end() && absl::StartsWith(format->second, "asap-encoder")) {
    told = metadata;
    told.erase("format");
    return told;
  }
  if (!setting("roi_x").empty()) told["volume"] = absl::StrCat(setting("roi_x"), "x", setting("roi_y"), "x", setting("roi_z"));
  if (!setting("a_min").empty()) told["hu_min"] = setting("a_min");
  if (!setting("a_max").empty()) told["hu_max"] = setting("a_max");
  return told;
}

// The metadata of an encoder.safetensors, from `told`, the user's parameters and the tensors.
absl::StatusOr<std::map<std::string, std::string>> Metadata(const PublishedState& state, std::map<std::string, std::string> told,
                                                            const ImportOptions& options, KeyReport& report) {
  for (const auto& [key, value] : options.parameters) told[key] = value;
  const auto size = [&](const char* name) { return state.sizes.count(name) > 0 ? state.sizes.at(name) : 0; };
  const int64_t patch[] = {size("patch_0"), size("patch_1"), size("patch_2")};
  told["width"] = absl::StrCat(size("width"));
  told["depth"] = absl::StrCat(size("depth"));
  if (patch[0] * patch[1] * patch[2] == 0) {
    return Failed(
        "patch_embed.proj.weight is a matrix, which does not tell the patch: add --encoder_options=patch=HxWxD, in voxels");
  }
  told["patch"] = absl::StrJoin(patch, "x");
  const std::map<std::string, std::string> given = told;
  told.emplace("heads", absl::StrCat(std::max<int64_t>(1, size("width") / 64)));
  if (size("mlp") > 0) told["mlp_width"] = absl::StrCat(size("mlp"));
  const int64_t patches = size("positions") - 1;
  if (told.count("volume") == 0) {
    const int64_t side = std::llround(std::cbrt(static_cast<double>(std::max<int64_t>(patches, 0))));
    if (patches < 1 || side * side * side != patches) {
      return Failed("the files do not tell the volume that the encoder sees: add --encoder_options=volume=HxWxD, in voxels");
    }
    told["volume"] = absl::StrCat(side * patch[0], "x", side * patch[1], "x", side * patch[2]);
  }
  ASAP_ASSIGN_OR_RETURN(const auto metadata, VitEncoderMetadata(told));
  if (const std::string guess = AssumedOf(given, metadata); !guess.empty()) {
    report.assumed.push_back(absl::StrCat(guess, ": the files do not tell; --encoder_options=heads=N,... does"));
  }
  if (given.count("volume") == 0) {
    report.assumed.push_back(absl::StrCat("volume=", metadata.at("volume"),
                                          " (a cube of patches): the files do not tell; --encoder_options=volume=HxWxD does"));
  }
  std::array<int64_t, 3> volume{};
  const std::vector<std::string> parts = absl::StrSplit(metadata.at("volume"), 'x');
  for (int axis = 0; axis < 3; ++axis) {
    if (!absl::SimpleAtoi(parts[axis], &volume[axis])) return absl::InternalError("volume");
  }
  const int64_t grid = volume[0] / patch[0] * (volume[1] / patch[1]) * (volume[2] / patch[2]);
  if (patches > 0 && grid != patches) {
    return Failed(absl::StrCat("pos_embed has ", patches, " patches, a volume of ", metadata.at("volume"), " has ", grid,
                               ": correct --encoder_options=volume=HxWxD"));
  }
  return metadata;
}

// The patch, where the user tells it: a matrix that stands for the kernel does not.
std::map<std::string, int64_t> PatchOf(const ImportOptions& options) {
  std::map<std::string, int64_t> sizes;
  const auto patch = options.parameters.find("patch");
  if (patch == options.parameters.end()) return sizes;
  const std::vector<std::string> parts = absl::StrSplit(patch->second, 'x');
  for (size_t axis = 0; axis < std::min<size_t>(parts.size(), 3); ++axis) {
    int64_t voxels = 0;
    if (absl::SimpleAtoi(parts[axis], &voxels) && voxels > 0) sizes[absl::StrCat("patch_", axis)] = voxels;
  }
  return sizes;
}

// Compares what was merged with what the model needs, fills in the report, and drops what is unexpected.
absl::Status Check(const PublishedState& state, bool whole_encoder, const ImportOptions& options, ImportedWeights& result) {
  KeyReport& report = result.report;
  if (!state.wrong_shape.empty()) {
    const auto& [name, expected] = *state.wrong_shape.begin();
    return Failed(absl::StrCat(
        name, " has the shape ", Shape(result.tensors.at(name).sizes()), ", the other tensors ask for ", Shape(expected),
        state.wrong_shape.size() > 1 ? absl::StrCat("; and ", state.wrong_shape.size() - 1, " more") : ""));
  }
  const auto not_asked = [&](const std::string& name) {
    return !whole_encoder && (name == "cls_token" || absl::StartsWith(name, "patch_embed."));
  };
  const auto allowed = [&](const std::string& name) {
    return std::any_of(options.allow_missing.begin(), options.allow_missing.end(),
                       [&](const std::string& beginning) { return beginning == "all" || absl::StartsWith(name, beginning); });
  };
  result.complete = true;
  for (const PublishedState::Component& component : state.components) {
    KeyReport::Component line{.name = component.name, .loaded = static_cast<int64_t>(component.found.size())};
    for (const std::string& name : component.missing) {
      if (not_asked(name)) continue;
      ++line.missing;
      report.missing.push_back(name);
      result.complete = result.complete && allowed(name);
    }
    line.reshaped = std::count_if(component.found.begin(), component.found.end(),
                                  [&](const std::string& name) { return state.reshaped.count(name) > 0; });
    report.components.push_back(line);
  }
  for (const auto& [name, shape] : state.reshaped) {
    at::Tensor& tensor = result.tensors.at(name);
    report.reshaped.push_back(absl::StrCat(name, " ", Shape(tensor.sizes()), " -> ", Shape(shape)));
    tensor = tensor.reshape(shape);
  }
  NamedTensors written;
  for (const auto& [name, tensor] : result.tensors) {
    if (std::count(state.unexpected.begin(), state.unexpected.end(), name) == 0) written.push_back({name, tensor});
  }
  if (const absl::Status finite = CheckFinite(written); !finite.ok()) {
    return Failed(absl::StrCat(absl::StrJoin(result.files, ", "), ": ", finite.message(), "; nothing was written"));
  }
  report.unexpected = state.unexpected;
  for (const std::string& name : state.unexpected) result.tensors.erase(name);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<WeightsKind> ParseWeightsKind(const std::string& name) {
  const auto* found = std::find(std::begin(kKindNames), std::end(kKindNames), name);
  if (found != std::end(kKindNames)) return static_cast<WeightsKind>(found - std::begin(kKindNames));
  return absl::InvalidArgumentError(UnknownName("kind", name, {std::begin(kKindNames), std::end(kKindNames)}));
}

absl::StatusOr<ImportedWeights> ImportWeights(const std::vector<ImportInput>& inputs, const ImportOptions& options) {
  ImportedWeights result;
  std::map<std::string, std::string> told;
  for (const ImportInput& input : inputs) {
    absl::StatusOr<Weights> weights = ReadWeights(input.path);
    if (!weights.ok()) return AsFailed(weights.status());
    const absl::StatusOr<std::string> beginning = TakeOffBeginning(weights->tensors, AnchorsOf(input.kind));
    if (!beginning.ok()) return Annotate(AsFailed(beginning.status()), input.path);
    if (!beginning->empty()) weights->renamed.push_back(absl::StrCat(*beginning, " taken off"));
    if (!absl::StrContains(weights->form, options.form)) {
      return Failed(absl::StrCat(input.path, " has the form ", weights->form, ", --format asks for ", options.form));
    }
    WeightsKind kind = input.kind;
    if (kind == WeightsKind::kAuto) {
      absl::StatusOr<WeightsKind> detected = DetectKind(weights->tensors);
      if (!detected.ok()) return Annotate(detected.status(), input.path);
      kind = *detected;
    }
    ASAP_RETURN_IF_ERROR(Merge(input, *weights, kind, result));
    if (kind == WeightsKind::kAsap) told = ToldParameters(*weights);
    result.kinds.push_back(kind);
  }

  Shapes shapes;
  for (const auto& [name, tensor] : result.tensors) shapes[name] = tensor.sizes().vec();
  const PublishedState state = MatchPublishedState(shapes, PatchOf(options));
  const auto has = [&](WeightsKind kind) { return std::count(result.kinds.begin(), result.kinds.end(), kind) > 0; };
  ASAP_RETURN_IF_ERROR(Check(state, has(WeightsKind::kAsap), options, result));
  const bool encoder = has(WeightsKind::kAsap) || has(WeightsKind::kMae) || has(WeightsKind::kMerged);
  const bool text = has(WeightsKind::kCxrBert) || has(WeightsKind::kMerged);
  for (const auto& [asked, component] : {std::pair(encoder, kEncoder), std::pair(text, kTextEncoder)}) {
    if (asked && state.component(component).found.empty()) {
      return Failed(absl::StrCat("there is no ", component, " in it, which the kind ", NameOf(result.kinds[0]),
                                 " has; is it of another --kind?"));
    }
  }
  if (has(WeightsKind::kAsap) && state.component(kEncoder).missing.empty()) {
    ASAP_ASSIGN_OR_RETURN(result.metadata, Metadata(state, told, options, result.report));
  }
  return result;
}

}  // namespace asap
