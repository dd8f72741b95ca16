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
#include "core/io/no_weights.h"
#include "core/io/safetensors.h"
#include "core/io/torch_file.h"
#include "core/io/weight_names.h"

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

// A file that ends early says so in its own format's words; what to do is the same for all.
absl::Status WithRemedy(const absl::Status& status) {
  if (!absl::StrContains(status.message(), "cut short")) return status;
  return absl::Status(status.code(), absl::StrCat(status.message(),
                                                  " Its download or copy is incomplete: get it again, and compare its size with "
                                                  "that at its source"));
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
  for (auto& [name, text] : file.scalars) {
    absl::string_view bare = name;
    const bool metadata = absl::ConsumePrefix(&bare, "metadata.");
    (metadata ? weights.metadata : weights.settings).emplace(bare, std::move(text));
  }
  return weights;
}

absl::StatusOr<Weights> ReadSafetensorsWeights(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(Safetensors file, ReadSafetensors(path));
  Weights weights;
  weights.form = "safetensors";
  weights.files = {path};
  weights.tensors = std::move(file.tensors);
  weights.metadata = std::move(file.metadata);
  return weights;
}

absl::StatusOr<Weights> ReadOne(const std::string& path) {
  const std::string first = FirstBytes(path);
  std::error_code error;
  if (fs::is_regular_file(path, error)) {
    if (const std::string instead = WhatIsNoWeights(first, fs::file_size(path, error)); !instead.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": neither a file of torch.save's nor safetensors: ", instead));
    }
  }
  // A safetensors file begins with the length of its header, and then the header's brace: that length may look like anything.
  const bool brace = first.size() > 8 && first[8] == '{';
  const bool torch = !brace && BeginsLikeTorchFile(first);
  if (!brace && !torch && first.size() > 8) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": neither a file of torch.save's nor safetensors, by its first bytes"));
  }
  absl::StatusOr<Weights> weights = torch ? ReadTorch(path) : ReadSafetensorsWeights(path);
  if (!weights.ok()) return WithRemedy(weights.status());
  return weights;
}

using Shards = std::map<std::string, std::set<std::string>>;  // file -> tensors

// {"weight_map": {tensor: file in the same folder}}. Each tensor must be in the file that the index names, and no other.
absl::StatusOr<Shards> ReadIndex(const std::string& index_path) {
  ASAP_ASSIGN_OR_RETURN(const std::string text, ReadFile(index_path));
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto bad = [&](absl::string_view message) { return absl::InvalidArgumentError(absl::StrCat(index_path, ": ", message)); };
  if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object()) {
    return bad("expected a JSON object with a weight_map");
  }
  Shards shards;
  for (const auto& [tensor, shard] : json["weight_map"].items()) {
    if (!shard.is_string()) return bad(absl::StrCat("the file of ", tensor, " is no text"));
    const std::string name = shard.get<std::string>();
    if (name.empty() || name != fs::path(name).filename().string() || name == "..") {
      return bad(absl::StrCat("the file of ", tensor, " is \"", name, "\", expected one in the same folder"));
    }
    shards[name].insert(tensor);
  }
  if (shards.empty()) return bad("its weight_map is empty");
  return shards;
}

std::string ShardPath(const std::string& index_path, const std::string& shard) {
  return (fs::path(index_path).parent_path() / shard).string();
}

absl::StatusOr<Weights> ReadSharded(const std::string& index_path) {
  ASAP_ASSIGN_OR_RETURN(const Shards shards, ReadIndex(index_path));
  const auto bad = [&](absl::string_view message) { return absl::InvalidArgumentError(absl::StrCat(index_path, ": ", message)); };
  Weights weights;
  weights.form = absl::EndsWith(index_path, "bin.index.json") ? "sharded PyTorch" : "sharded safetensors";
  for (const auto& [name, expected] : shards) {
    const std::string path = ShardPath(index_path, name);
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
  ASAP_ASSIGN_OR_RETURN(Weights weights, absl::EndsWith(file, kIndexEnd) ? ReadSharded(file) : ReadOne(file));
  weights.renamed = UnwrapNames(weights.tensors);
  return weights;
}

absl::StatusOr<std::vector<std::string>> FilesOfWeights(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const std::string file, FindWeights(path));
  std::vector<std::string> files = {file};
  if (!absl::EndsWith(file, kIndexEnd)) return files;
  ASAP_ASSIGN_OR_RETURN(const Shards shards, ReadIndex(file));
  for (const auto& [shard, tensors] : shards) files.push_back(ShardPath(file, shard));
  return files;
}

}  // namespace asap
