#include "core/benchmark/feature_store.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/io/safetensors.h"

namespace asap {
namespace {

constexpr char kExtension[] = ".safetensors";

absl::Status Check(const Safetensors& file, const std::vector<std::string>& keys, int64_t poolings, int64_t width) {
  const auto features = file.tensors.find("features");
  if (features == file.tensors.end() || features->second.scalar_type() != at::kFloat || features->second.dim() != 3 ||
      features->second.size(0) != static_cast<int64_t>(keys.size()) || features->second.size(1) != poolings ||
      features->second.size(2) != width) {
    return absl::DataLossError("its features have another shape than its keys tell");
  }
  return absl::OkStatus();
}

}  // namespace

void FeatureStore::Load() {
  if (folder_.empty()) return;
  std::vector<std::string> files;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (absl::EndsWith(name, kExtension) && name[0] != '.') files.push_back(entry->path().string());
  }
  std::sort(files.begin(), files.end());
  for (const std::string& path : files) {
    const absl::StatusOr<Safetensors> file = ReadSafetensors(path);
    absl::Status status = file.status();
    std::vector<std::string> keys;
    if (status.ok()) {
      const auto listed = file->metadata.find("keys");
      if (listed != file->metadata.end()) keys = absl::StrSplit(listed->second, '\n');
      status = Check(*file, keys, poolings_, width_);
    }
    if (!status.ok()) {
      LogWarning(absl::StrCat("features are made again, because a file of theirs is damaged: ", path, ": ", status.message()));
      std::filesystem::remove(path, error);
      continue;
    }
    Remember(keys, file->tensors.at("features"));
  }
}

const float* FeatureStore::Find(const std::string& key) const {
  const auto row = rows_.find(key);
  return row == rows_.end() ? nullptr : values_.data() + row->second * row_;
}

void FeatureStore::Remember(const std::vector<std::string>& keys, const at::Tensor& features) {
  const at::Tensor values = features.contiguous();
  const float* from = values.data_ptr<float>();
  for (size_t i = 0; i < keys.size(); ++i, from += row_) {
    const auto [entry, is_new] = rows_.emplace(keys[i], static_cast<int64_t>(rows_.size()));
    if (is_new) {
      values_.insert(values_.end(), from, from + row_);
    } else {
      std::copy(from, from + row_, values_.begin() + entry->second * row_);
    }
  }
}

void FeatureStore::Add(const std::vector<std::string>& keys, const at::Tensor& features) {
  if (keys.empty()) return;
  Remember(keys, features);
  if (folder_.empty() || !writable_) return;
  absl::Status status = MakeWritableFolder(folder_);
  if (status.ok()) {
    std::string path;
    do {
      path = absl::StrCat(folder_, "/", absl::Dec(++files_, absl::kZeroPad6), kExtension);
    } while (std::filesystem::exists(path));
    status = WriteSafetensors(path, {{"features", features.contiguous()}}, {{"keys", absl::StrJoin(keys, "\n")}});
  }
  if (!status.ok()) {
    writable_ = false;
    LogWarning(absl::StrCat("features are not kept for later runs: ", status.message()));
  }
}

}  // namespace asap
