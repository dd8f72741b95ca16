#include "tools/import/bert_folder.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/io/safetensors.h"
#include "modules/bert/load_bert.h"

namespace asap {
namespace fs = std::filesystem;

absl::StatusOr<std::vector<std::string>> WriteBertFolder(const std::string& folder,
                                                         const std::map<std::string, at::Tensor>& tensors,
                                                         const std::string& source_folder) {
  ASAP_ASSIGN_OR_RETURN(const BertOptions options, BertOptionsOf(tensors, "bert_encoder.bert.", /*heads=*/0));
  NamedTensors named;
  for (const auto& [name, tensor] : tensors) {
    absl::string_view bare = name;
    if (absl::ConsumePrefix(&bare, "bert_encoder.")) named.push_back({std::string(bare), tensor});
  }
  ASAP_RETURN_IF_ERROR(MakeWritableFolder(folder));
  std::vector<std::string> written;
  std::error_code error;
  const auto copy = [&](const char* name) -> absl::StatusOr<bool> {
    const std::string from = (fs::path(source_folder) / name).string(), to = (fs::path(folder) / name).string();
    if (!fs::exists(from, error)) return false;
    if (!fs::equivalent(from, to, error)) {
      ASAP_ASSIGN_OR_RETURN(const std::string contents, ReadFile(from));
      ASAP_RETURN_IF_ERROR(WriteFileAtomically(to, contents));
    }
    written.push_back(name);
    return true;
  };
  ASAP_ASSIGN_OR_RETURN(const bool has_config, copy("config.json"));
  if (!has_config) {
    const nlohmann::ordered_json config = {{"model_type", "bert"},
                                           {"architectures", {"BertModel"}},
                                           {"vocab_size", options.vocabulary},
                                           {"hidden_size", options.width},
                                           {"num_hidden_layers", options.layers},
                                           {"num_attention_heads", options.heads},
                                           {"intermediate_size", options.intermediate},
                                           {"max_position_embeddings", options.max_positions},
                                           {"hidden_act", "gelu"},
                                           {"layer_norm_eps", 1e-12}};
    ASAP_RETURN_IF_ERROR(WriteFileAtomically((fs::path(folder) / "config.json").string(), config.dump(2) + "\n"));
    written.push_back("config.json");
  }
  for (const char* name : {"tokenizer.json", "vocab.txt", "tokenizer_config.json", "special_tokens_map.json"}) {
    ASAP_RETURN_IF_ERROR(copy(name).status());
  }
  ASAP_RETURN_IF_ERROR(WriteSafetensors((fs::path(folder) / "model.safetensors").string(), named, {{"format", "pt"}}));
  written.push_back("model.safetensors");
  return written;
}

}  // namespace asap
