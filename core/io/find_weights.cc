#include "core/io/find_weights.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace asap {
namespace fs = std::filesystem;

absl::StatusOr<std::string> FindWeights(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return path;
  for (const char* name :
       {"model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"}) {
    const std::string inside = (fs::path(path) / name).string();
    if (fs::exists(inside, error)) return inside;
  }
  return absl::NotFoundError(absl::StrCat(path,
                                          ": the folder has none of model.safetensors, model.safetensors.index.json, "
                                          "pytorch_model.bin and pytorch_model.bin.index.json"));
}

}  // namespace asap
