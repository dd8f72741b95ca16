#include "tools/export/export_main_lib.h"

#include <gflags/gflags.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/file.h"
#include "core/base/output_folder.h"
#include "core/base/status.h"
#include "core/base/suggest.h"
#include "core/io/write_torch_file.h"
#include "modules/layers/state.h"
#include "modules/vit3d/vision_transformer.h"
#include "modules/vit3d/vit_encoder.h"
#include "tools/export/model_card.h"
#include "tools/export/torch_script.h"

DEFINE_string(input, "",
              "Encoder: an encoder.safetensors of tools:pretrain or tools:import, or a checkpoint that tools:import reads.");
DEFINE_string(output, "", "Folder to write to.");
DEFINE_string(
    format, "safetensors",
    "Separated by commas: safetensors (encoder.safetensors), torchscript (encoder_torchscript.pt), pth (encoder.pth, the form "
    "of the published checkpoints). Each export has a README.md, the model card.");
DEFINE_string(encoder_options, "",
              "What the file does not tell of the encoder, as name=value,...: heads, volume, patch, spacing_mm, hu_min, hu_max.");

namespace asap {
namespace fs = std::filesystem;
namespace {

absl::StatusOr<std::vector<std::string>> FormatsFromFlags() {
  const std::vector<std::string> formats = absl::StrSplit(FLAGS_format, ',', absl::SkipEmpty());
  const std::vector<std::string> known = {"pth", "safetensors", "torchscript"};
  for (const std::string& format : formats) {
    if (format == "onnx") {
      return absl::UnimplementedError(
          "--format=onnx: LibTorch cannot write ONNX by itself, because the translation of its operators to ONNX's is Python "
          "code "
          "(torch.onnx). Export --format=torchscript, and convert that with Python: docs/how-to/interchange.md has the lines");
    }
    if (std::find(known.begin(), known.end(), format) == known.end()) {
      return absl::InvalidArgumentError(UnknownName("format", format, known));
    }
  }
  if (formats.empty()) return absl::InvalidArgumentError("--format is empty: expected safetensors, torchscript or pth");
  return formats;
}

// The flags of the run that made `weights`, which lie beside it or beside its folder of checkpoints; empty where there are none.
std::map<std::string, std::string> TrainingFlags(const std::string& weights) {
  std::map<std::string, std::string> flags;
  fs::path folder = fs::path(weights).parent_path();
  for (int up = 0; up < 3; ++up, folder = folder.parent_path()) {
    const absl::StatusOr<std::string> text = ReadFile((folder / "run.flags").string());
    if (!text.ok()) continue;
    for (absl::string_view line : absl::StrSplit(*text, '\n')) {
      const std::pair<std::string, std::string> pair = absl::StrSplit(line, absl::MaxSplits('=', 1));
      flags.insert(pair);
    }
    break;
  }
  return flags;
}

}  // namespace

ToolHelp ExportHelp() {
  return {
      .name = "export",
      .summary =
          "Writes an encoder for other programs: safetensors, TorchScript that torch.jit.load runs without this project, and a\n"
          ".pth of the published form, each with a model card that shows how Python loads it.",
      .examples = {"./tools/bazel run //tools:export -- --input=asap_runs/demo/encoder.safetensors --output=asap_export",
                   "./tools/bazel run //tools:export -- --input=asap_runs/demo/encoder.safetensors --output=asap_export "
                   "--format=safetensors,torchscript,pth"}};
}

absl::Status ExportMain() {
  if (FLAGS_input.empty()) return absl::InvalidArgumentError("--input=FILE is needed: the encoder to export");
  if (FLAGS_output.empty()) return absl::InvalidArgumentError("--output=FOLDER is needed");
  ASAP_ASSIGN_OR_RETURN(const std::vector<std::string> formats, FormatsFromFlags());
  EncoderOptions options{.weights = UserPath(FLAGS_input)};
  for (absl::string_view entry : absl::StrSplit(FLAGS_encoder_options, ',', absl::SkipEmpty())) {
    options.parameters.insert(std::pair<std::string, std::string>(absl::StrSplit(entry, absl::MaxSplits('=', 1))));
  }
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<Encoder> loaded, LoadVitEncoder(options));
  auto& encoder = static_cast<VitEncoder&>(*loaded);
  const EncoderSpec& spec = encoder.spec();

  const std::string folder = UserPath(FLAGS_output);
  const auto wanted = [&](const char* format) { return std::find(formats.begin(), formats.end(), format) != formats.end(); };
  OutputUse use{.program = "export", .writes = {"README.md"}};
  if (wanted("safetensors")) use.writes.push_back("encoder.safetensors");
  if (wanted("torchscript")) use.writes.push_back("encoder_torchscript.pt");
  if (wanted("pth")) use.writes.push_back("encoder.pth");
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<FolderLock> lock, TakeOutputFolder(folder, use));
  ModelCard card{
      .spec = spec, .heads = encoder.model().options().heads, .weights = fs::path(options.weights).filename().string()};
  card.training = TrainingFlags(options.weights);
  NamedTensors tensors = ParametersOf(encoder.model());
  for (const NamedTensor& named : tensors) card.parameters += named.tensor.numel();
  for (const auto& buffer : encoder.model().named_buffers()) tensors.push_back({buffer.key(), buffer.value()});
  const std::map<std::string, std::string> metadata = VitEncoderMetadata(encoder.model().options(), spec);
  const auto path = [&](const char* name) {
    card.files.push_back(name);
    return (fs::path(folder) / name).string();
  };
  if (wanted("safetensors")) ASAP_RETURN_IF_ERROR(WriteVitEncoder(path("encoder.safetensors"), encoder.model(), spec));
  if (wanted("torchscript")) ASAP_RETURN_IF_ERROR(WriteTorchScript(path("encoder_torchscript.pt"), encoder, metadata));
  if (wanted("pth")) ASAP_RETURN_IF_ERROR(WriteTorchFile(path("encoder.pth"), tensors, metadata));
  ASAP_RETURN_IF_ERROR(WriteFileAtomically((fs::path(folder) / "README.md").string(), ModelCardText(card)));
  std::printf("%s\n", folder.c_str());
  for (const std::string& file : card.files) std::printf("  %s\n", file.c_str());
  std::printf("  README.md\n");
  return absl::OkStatus();
}

}  // namespace asap
