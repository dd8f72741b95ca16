#include "tools/import/import_main_lib.h"

#include <gflags/gflags.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/status.h"
#include "core/base/suggest.h"
#include "core/io/safetensors.h"
#include "tools/import/bert_folder.h"
#include "tools/import/import_weights.h"

DEFINE_string(input, "",
              "Weights, separated by commas: .pth, .pt and .bin files of PyTorch, .safetensors, an index of shards "
              "(model.safetensors.index.json), or a Hugging Face folder.");
DEFINE_string(
    output, "",
    "NAME.safetensors for --init of tools:pretrain and --encoder of tools:benchmark; or, for one text encoder, a folder for "
    "--text_encoder.");
DEFINE_string(
    kind, "auto",
    "What each input is, separated by commas: asap (a checkpoint or encoder), mae (a 2-D masked autoencoder), cxr_bert (that "
    "or another Hugging Face BERT), merged (what the published merge step wrote), auto (told by its names).");
DEFINE_string(format, "auto", "Form that the inputs must have: pth (PyTorch), safetensors, or auto.");
DEFINE_string(allow_missing, "",
              "Beginnings of names that may be missing, separated by commas; all for any. The report lists them anyway.");
DEFINE_string(encoder_options, "",
              "What the files do not tell of the encoder, as name=value,...: heads, volume, patch, spacing_mm, hu_min, hu_max "
              "(assumed otherwise, which the report says).");

namespace asap {
namespace {

absl::StatusOr<std::vector<ImportInput>> InputsFromFlags() {
  const std::vector<std::string> paths = absl::StrSplit(FLAGS_input, ',', absl::SkipEmpty());
  const std::vector<std::string> kinds = absl::StrSplit(FLAGS_kind, ',', absl::SkipEmpty());
  if (paths.empty()) return absl::InvalidArgumentError("--input=FILE is needed: the weights to import");
  if (kinds.size() != 1 && kinds.size() != paths.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--kind names ", kinds.size(), " kinds for ", paths.size(), " inputs: expected one, or one for each"));
  }
  std::vector<ImportInput> inputs;
  for (size_t i = 0; i < paths.size(); ++i) {
    ImportInput input{.path = UserPath(paths[i])};
    ASAP_ASSIGN_OR_RETURN(input.kind, ParseWeightsKind(kinds[kinds.size() == 1 ? 0 : i]));
    inputs.push_back(std::move(input));
  }
  return inputs;
}

absl::StatusOr<ImportOptions> OptionsFromFlags() {
  ImportOptions options;
  options.allow_missing = absl::StrSplit(FLAGS_allow_missing, ',', absl::SkipEmpty());
  for (absl::string_view entry : absl::StrSplit(FLAGS_encoder_options, ',', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(entry, absl::MaxSplits('=', 1));
    if (pair.first.empty() || pair.second.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("--encoder_options: \"", entry, "\" is not of the form name=value"));
    }
    options.parameters[pair.first] = pair.second;
  }
  const std::vector<std::string> formats = {"auto", "pth", "safetensors"};
  if (std::find(formats.begin(), formats.end(), FLAGS_format) == formats.end()) {
    return absl::InvalidArgumentError(UnknownName("format", FLAGS_format, formats));
  }
  options.form = FLAGS_format == "pth" ? "PyTorch" : FLAGS_format == "safetensors" ? "safetensors" : "";
  return options;
}

absl::Status Write(const ImportedWeights& imported, const std::string& output) {
  if (absl::EndsWith(output, ".safetensors")) {
    NamedTensors tensors;
    for (const auto& [name, tensor] : imported.tensors) tensors.push_back({name, tensor});
    ASAP_RETURN_IF_ERROR(WriteSafetensors(output, tensors, imported.metadata));
    std::printf("%s\n", output.c_str());
    return absl::OkStatus();
  }
  const std::string source = std::filesystem::path(imported.files.front()).parent_path().string();
  ASAP_ASSIGN_OR_RETURN(const std::vector<std::string> written, WriteBertFolder(output, imported.tensors, source));
  std::printf("%s: %s\n", output.c_str(), absl::StrJoin(written, ", ").c_str());
  if (std::error_code error; !std::filesystem::exists(std::filesystem::path(source) / "config.json", error)) {
    LogWarning(
        "no config.json beside the weights: num_attention_heads in the one written is assumed (width / 64); correct it there");
  }
  if (std::find(written.begin(), written.end(), "tokenizer.json") == written.end()) {
    LogWarning("no tokenizer.json beside the weights: name one with --tokenizer=FILE of tools:pretrain");
  }
  return absl::OkStatus();
}

}  // namespace

ToolHelp ImportHelp() {
  return {.name = "import",
          .summary =
              "Reads published weights without running anything in them, reports every key, and writes safetensors: an ASAP\n"
              "checkpoint for tools:benchmark and --init of tools:pretrain, a BERT for --text_encoder, or the starting weights\n"
              "that the published merge step makes of an ImageNet MAE and CXR-BERT. Fails, writing nothing, where a key is\n"
              "missing.",
          .examples = {
              "./tools/bazel run //tools:import -- --input=asap_runs/demo/encoder.safetensors --output=/tmp/copy.safetensors",
              "./tools/bazel run //tools:import -- --input=checkpoint-199.pth --output=asap.safetensors",
              "./tools/bazel run //tools:import -- --input=BiomedVLP-CXR-BERT-specialized --output=cxr_bert",
              "./tools/bazel run //tools:import -- --input=mae_pretrain_vit_base.pth,pytorch_model.bin --kind=mae,cxr_bert "
              "--output=start.safetensors"}};
}

absl::Status ImportMain() {
  ASAP_ASSIGN_OR_RETURN(const std::vector<ImportInput> inputs, InputsFromFlags());
  ASAP_ASSIGN_OR_RETURN(const ImportOptions options, OptionsFromFlags());
  if (FLAGS_output.empty()) {
    return absl::InvalidArgumentError("--output is needed: NAME.safetensors, or a folder for a text encoder");
  }
  const std::string output = UserPath(FLAGS_output);
  ASAP_ASSIGN_OR_RETURN(const ImportedWeights imported, ImportWeights(inputs, options));
  const bool text_alone = imported.kinds.size() == 1 && imported.kinds[0] == WeightsKind::kCxrBert;
  if (!absl::EndsWith(output, ".safetensors") && !text_alone) {
    return absl::InvalidArgumentError(
        absl::StrCat("--output=", FLAGS_output, ": expected NAME.safetensors; a folder is for a text encoder alone"));
  }
  std::printf("%s", imported.report.Text().c_str());
  if (!imported.complete) {
    return absl::FailedPreconditionError(absl::StrCat(imported.report.missing.size(),
                                                      " needed keys are missing, the first of them ", imported.report.missing[0],
                                                      "; nothing was written. --allow_missing=", imported.report.missing[0],
                                                      ",... (beginnings of names, or all) takes the weights without them"));
  }
  return Write(imported, output);
}

}  // namespace asap
