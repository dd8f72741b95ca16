#include "core/io/weights.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/io/find_weights.h"
#include "core/io/safetensors.h"
#include "core/io/torch_file.h"

namespace asap {
namespace fs = std::filesystem;
namespace {

constexpr const char* kIndexEnd = ".index.json";

// What an error of opening leaves to the readers is left to them: then these are empty.
std::string FirstBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(512, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(std::max<std::streamsize>(file.gcount(), 0));
  return bytes;
}

void DropParallelPrefix(std::map<std::string, at::Tensor>& tensors) {
  constexpr absl::string_view kPrefix = "module.";
  const bool all = std::all_of(tensors.begin(), tensors.end(), [&](const auto& t) { return absl::StartsWith(t.first, kPrefix); });
  if (!all) return;
  std::map<std::string, at::Tensor> bare;
  for (auto& [name, tensor] : tensors) bare.emplace(name.substr(kPrefix.size()), std::move(tensor));
  tensors = std::move(bare);
}

absl::StatusOr<Weights> ReadTorch(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(TorchFile file, ReadTorchFile(path));
  Weights weights;
  weights.form = file.zip ? "PyTorch zip" : "PyTorch without zip";
  weights.files = {path};
  for (NamedTensor& named : file.tensors) {
    absl::string_view name = named.name;
    if (absl::ConsumePrefix(&name, file.state_prefix)) {
      weights.tensors.emplace(name, std::move(named.tensor));
    } else {
      ++weights.others;
    }
  }
  DropParallelPrefix(weights.tensors);
  for (auto& [name, text] : file.scalars) {
    absl::string_view bare = name;
    const bool metadata = absl::ConsumePrefix(&bare, "metadata.");
    (metadata ? weights.metadata : weights.settings).emplace(bare, std::move(text));
  }
  return weights;
}

absl::StatusOr<Weights> ReadOne(const std::string& path) {
  // A safetensors file begins with the length of its header, and then the header's brace: that length may look like anything.
  const std::string first = FirstBytes(path);
  const bool brace = first.size() > 8 && first[8] == '{';
  if (!brace && BeginsLikeTorchFile(first)) return ReadTorch(path);
  if (!brace && first.size() > 8) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": neither a file of torch.save's nor safetensors, by its first bytes"));
  }
  ASAP_ASSIGN_OR_RETURN(Safetensors file, ReadSafetensors(path));
  Weights weights;
  weights.form = "safetensors";
  weights.files = {path};
  weights.tensors = std::move(file.tensors);
  weights.metadata = std::move(file.metadata);
  DropParallelPrefix(weights.tensors);
  return weights;
}

// {"weight_map": {tensor: file in the same folder}}. Each tensor must be in the file that the index names, and no other.
absl::StatusOr<Weights> ReadSharded(const std::string& index_path) {
  ASAP_ASSIGN_OR_RETURN(const std::string text, ReadFile(index_path));
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto bad = [&](absl::string_view message) { return absl::InvalidArgumentError(absl::StrCat(index_path, ": ", message)); };
  if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object()) {
    return bad("expected a JSON object with a weight_map");
  }
  std::map<std::string, std::set<std::string>> shards;  // file -> tensors
  for (const auto& [tensor, shard] : json["weight_map"].items()) {
    if (!shard.is_string()) return bad(absl::StrCat("the file of ", tensor, " is no text"));
    const std::string name = shard.get<std::string>();
    if (name.empty() || name != fs::path(name).filename().string() || name == "..") {
      return bad(absl::StrCat("the file of ", tensor, " is \"", name, "\", expected one in the same folder"));
    }
    shards[name].insert(tensor);
  }
  if (shards.empty()) return bad("its weight_map is empty");

  Weights weights;
  weights.form = absl::EndsWith(index_path, "bin.index.json") ? "sharded PyTorch" : "sharded safetensors";
  for (const auto& [name, expected] : shards) {
    const std::string path = (fs::path(index_path).parent_path() / name).string();
    std::error_code error;
    if (!fs::exists(path, error)) {
      return absl::NotFoundError(absl::StrCat(index_path, " names the shard ", name, ", which is missing: expected ", path));
    }
    ASAP_ASSIGN_OR_RETURN(Weights shard, ReadOne(path));
    for (const std::string& tensor : expected) {
      if (shard.tensors.count(tensor) == 0) return bad(absl::StrCat(tensor, " should be in ", name, ", and is not"));
    }
    for (auto& [tensor, value] : shard.tensors) {
      if (expected.count(tensor) == 0)
        return bad(absl::StrCat(name, " has the tensor ", tensor, ", which the index does not know"));
      weights.tensors.emplace(tensor, std::move(value));
    }
    for (auto& entry : shard.metadata) weights.metadata.insert(std::move(entry));
    weights.files.push_back(path);
  }
  return weights;
}

}  // namespace

absl::StatusOr<Weights> ReadWeights(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const std::string file, FindWeights(path));
  return absl::EndsWith(file, kIndexEnd) ? ReadSharded(file) : ReadOne(file);
}

}  // namespace asap
