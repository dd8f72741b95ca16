#include "modules/bert/load_bert.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/status.h"
#include "core/io/find_weights.h"
#include "core/io/weight_names.h"
#include "core/io/weights.h"
#include "modules/bert/bert.h"
#include "modules/layers/state.h"

namespace asap {
namespace {

struct Config {
  int64_t heads = 0;
};

// What the tensors cannot tell, from Hugging Face's config.json; defaults where there is no such file.
absl::StatusOr<Config> ReadConfig(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return Config{};
  ASAP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return absl::InvalidArgumentError(absl::StrCat(path, ": not a JSON object"));
  Config config;
  if (const auto heads = json.find("num_attention_heads"); heads != json.end() && heads->is_number_integer()) {
    config.heads = heads->get<int64_t>();
  }
  const auto activation = json.find("hidden_act");
  if (activation != json.end() && *activation != "gelu") {
    return absl::UnimplementedError(absl::StrCat(path, ": hidden_act is ", activation->dump(), ", only \"gelu\" is implemented"));
  }
  return config;
}

}  // namespace

absl::StatusOr<std::string> FindBertPrefix(const std::map<std::string, at::Tensor>& tensors) {
  for (const char* prefix : {"bert_encoder.bert.", "bert.", ""}) {
    if (tensors.count(absl::StrCat(prefix, "embeddings.word_embeddings.weight")) > 0) return std::string(prefix);
  }
  return absl::NotFoundError("no BERT in it: expected a tensor [bert_encoder.][bert.]embeddings.word_embeddings.weight");
}

absl::StatusOr<BertOptions> BertOptionsOf(const std::map<std::string, at::Tensor>& tensors, const std::string& prefix,
                                          int64_t heads) {
  const auto matrix = [&](const std::string& name) -> absl::StatusOr<at::Tensor> {
    const auto found = tensors.find(prefix + name);
    if (found == tensors.end()) return absl::InvalidArgumentError(absl::StrCat("no tensor ", prefix, name));
    if (found->second.dim() != 2) return absl::InvalidArgumentError(absl::StrCat(prefix, name, " is not a matrix"));
    return found->second;
  };
  ASAP_ASSIGN_OR_RETURN(const at::Tensor words, matrix("embeddings.word_embeddings.weight"));
  ASAP_ASSIGN_OR_RETURN(const at::Tensor positions, matrix("embeddings.position_embeddings.weight"));
  ASAP_ASSIGN_OR_RETURN(const at::Tensor intermediate, matrix("encoder.layer.0.intermediate.dense.weight"));
  BertOptions options;
  options.vocabulary = words.size(0);
  options.width = words.size(1);
  options.max_positions = positions.size(0);
  options.intermediate = intermediate.size(0);
  options.heads = heads > 0 ? heads : std::max<int64_t>(1, options.width / 64);
  options.layers = 0;
  while (tensors.count(absl::StrCat(prefix, "encoder.layer.", options.layers, ".attention.self.query.weight")) > 0)
    ++options.layers;
  ASAP_RETURN_IF_ERROR(options.Validate());
  return options;
}

absl::StatusOr<std::shared_ptr<Bert>> LoadBert(const std::string& path, const LoadBertOptions& load) {
  ASAP_ASSIGN_OR_RETURN(const std::string weights, FindWeights(path));
  ASAP_ASSIGN_OR_RETURN(Weights file, ReadWeights(weights));
  const auto annotated = [&](const absl::Status& status) { return Annotate(status, weights); };
  constexpr const char* kAnchors[] = {"bert_encoder.bert.embeddings.word_embeddings.weight",
                                      "bert.embeddings.word_embeddings.weight", "embeddings.word_embeddings.weight"};
  const absl::StatusOr<std::string> beginning = TakeOffBeginning(file.tensors, kAnchors);
  if (!beginning.ok()) return annotated(beginning.status());
  if (!beginning->empty()) file.renamed.push_back(absl::StrCat(*beginning, " taken off"));
  if (!file.renamed.empty()) LogInfo(absl::StrCat(weights, ": names of tensors: ", absl::StrJoin(file.renamed, ", ")));
  const absl::StatusOr<std::string> prefix = FindBertPrefix(file.tensors);
  if (!prefix.ok()) return annotated(prefix.status());
  ASAP_ASSIGN_OR_RETURN(const Config config, ReadConfig((std::filesystem::path(weights).parent_path() / "config.json").string()));
  absl::StatusOr<BertOptions> options = BertOptionsOf(file.tensors, *prefix, config.heads);
  if (!options.ok()) return annotated(options.status());
  if (config.heads == 0) {
    LogInfo(absl::StrCat(weights, ": no config.json beside it tells num_attention_heads: ", options->heads,
                         " (width / 64) is assumed"));
  }
  options->hidden_dropout = load.hidden_dropout;
  options->attention_dropout = load.attention_dropout;

  auto bert = std::make_shared<Bert>(*options);
  const auto key_map = [&](const std::string& key) -> std::string {
    absl::string_view name = key;
    if (!absl::ConsumePrefix(&name, *prefix)) return "";
    return absl::StartsWith(name, "embeddings.") || absl::StartsWith(name, "encoder.") ? std::string(name) : "";
  };
  const absl::StatusOr<LoadReport> report = LoadTensors(ParametersOf(*bert), file.tensors, key_map);
  if (!report.ok()) return annotated(report.status());
  if (!report->missing.empty()) {
    return annotated(absl::InvalidArgumentError(absl::StrCat("the BERT in it is not whole: ", report->Summary())));
  }
  return bert;
}

}  // namespace asap
