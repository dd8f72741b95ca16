#include "modules/layers/state.h"

#include <torch/nn/module.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/io/finite.h"

namespace asap {
namespace {

bool SameElements(const at::Tensor& a, const at::Tensor& b) {
  return a.dim() >= 2 && b.dim() >= 2 && a.numel() == b.numel() && a.size(0) == b.size(0) && (a.dim() == 2 || b.dim() == 2);
}

void AppendCount(std::string& text, const std::vector<std::string>& names, absl::string_view what) {
  if (names.empty()) return;
  const size_t shown = std::min<size_t>(names.size(), 5);
  absl::StrAppend(&text, ", ", names.size(), " ", what, " (", absl::StrJoin(names.begin(), names.begin() + shown, ", "),
                  names.size() > shown ? ", ...)" : ")");
}

}  // namespace

NamedTensors ParametersOf(const torch::nn::Module& module, absl::string_view prefix) {
  NamedTensors tensors;
  for (const auto& item : module.named_parameters()) tensors.push_back({absl::StrCat(prefix, item.key()), item.value()});
  return tensors;
}

std::string LoadReport::Summary() const {
  std::string text = absl::StrCat(loaded.size(), " loaded");
  AppendCount(text, missing, "missing");
  AppendCount(text, unexpected, "unexpected");
  AppendCount(text, ignored, "not needed");
  AppendCount(text, reshaped, "reshaped");
  return text;
}

absl::StatusOr<LoadReport> LoadTensors(const NamedTensors& destination, const std::map<std::string, at::Tensor>& source,
                                       const KeyMap& key_map) {
  std::map<std::string, at::Tensor> wanted;
  for (const NamedTensor& named : destination) wanted[named.name] = named.tensor;

  LoadReport report;
  std::vector<std::pair<at::Tensor, at::Tensor>> copies;  // to, from
  NamedTensors taken;
  std::set<std::string> found;
  for (const auto& [key, tensor] : source) {
    const std::string name = key_map ? key_map(key) : key;
    const auto target = wanted.find(name);
    if (name.empty()) {
      report.ignored.push_back(key);
    } else if (target == wanted.end()) {
      report.unexpected.push_back(key);
    } else if (!found.insert(name).second) {
      return absl::InvalidArgumentError(absl::StrCat("two tensors of the file stand for ", name, "; one of them is ", key));
    } else if (target->second.sizes() != tensor.sizes() && !SameElements(target->second, tensor)) {
      return absl::InvalidArgumentError(absl::StrCat(key, " has the shape [", absl::StrJoin(tensor.sizes(), ", "),
                                                     "], the model expects [", absl::StrJoin(target->second.sizes(), ", "),
                                                     "]; is it of another configuration?"));
    } else {
      if (target->second.sizes() != tensor.sizes()) report.reshaped.push_back(name);
      copies.emplace_back(target->second, tensor);
      taken.push_back({key, tensor});
    }
  }
  const at::NoGradGuard no_grad;
  if (absl::Status finite = CheckFinite(taken); !finite.ok()) return finite;
  for (auto& [to, from] : copies) to.copy_(from.reshape(to.sizes()));
  for (const NamedTensor& named : destination) {
    (found.count(named.name) > 0 ? report.loaded : report.missing).push_back(named.name);
  }
  return report;
}

}  // namespace asap
