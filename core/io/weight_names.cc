#include "core/io/weight_names.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace asap {
namespace {

using Tensors = std::map<std::string, at::Tensor>;

constexpr char kParallel[] = "module.", kAverages[] = "n_averaged";
// No module's own names: they stand for themselves wherever they are.
constexpr const char* kWrappers[] = {"_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module."};

// Gives each tensor the name that `now` says; how many changed. One whose new name is another's keeps its old one.
size_t Rename(Tensors& tensors, const std::function<std::string(const std::string&)>& now) {
  size_t changed = 0;
  Tensors renamed;
  for (auto& [name, tensor] : tensors) {
    std::string wanted = now(name);
    const bool free = wanted == name || (tensors.count(wanted) == 0 && renamed.count(wanted) == 0);
    changed += wanted != name && free;
    renamed.emplace(free ? std::move(wanted) : name, std::move(tensor));
  }
  tensors = std::move(renamed);
  return changed;
}

// The name without `wrapper` where that begins it or follows a dot.
std::string Without(const std::string& name, const std::string& wrapper) {
  std::string bare = absl::StrReplaceAll(name, {{absl::StrCat(".", wrapper), "."}});
  return std::string(absl::StripPrefix(bare, wrapper));
}

// A BERT of before 2019 has gamma and beta; a layer's scale of other models is also named gamma, and is no norm.
std::string NewerNormName(const std::string& name) {
  absl::string_view stem = name;
  if (absl::ConsumeSuffix(&stem, "LayerNorm.gamma")) return absl::StrCat(stem, "LayerNorm.weight");
  if (absl::ConsumeSuffix(&stem, "LayerNorm.beta")) return absl::StrCat(stem, "LayerNorm.bias");
  return name;
}

// Whether all names begin so, but for the count that an averaged model has beside its own.
bool AllBeginWithParallel(const Tensors& tensors) {
  return !tensors.empty() && std::all_of(tensors.begin(), tensors.end(), [](const auto& named) {
    return absl::StartsWith(named.first, kParallel) || named.first == kAverages;
  }) && (tensors.size() > 1 || tensors.count(kAverages) == 0);
}

}  // namespace

std::vector<std::string> UnwrapNames(Tensors& tensors) {
  std::vector<std::string> done;
  const auto note = [&](const std::string& what) {
    if (std::find(done.begin(), done.end(), what) == done.end()) done.push_back(what);
  };
  for (const char* wrapper : kWrappers) {
    if (Rename(tensors, [&](const std::string& name) { return Without(name, wrapper); }) > 0) {
      note(absl::StrCat(wrapper, " taken off"));
    }
  }
  while (AllBeginWithParallel(tensors)) {
    if (tensors.erase(kAverages) > 0) note(absl::StrCat(kAverages, " left out"));
    Rename(tensors, [](const std::string& name) { return std::string(absl::StripPrefix(name, kParallel)); });
    note(absl::StrCat(kParallel, " taken off"));
  }
  if (const size_t norms = Rename(tensors, NewerNormName); norms > 0) {
    note(absl::StrCat(norms, " LayerNorm.gamma and .beta renamed to .weight and .bias"));
  }
  return done;
}

absl::StatusOr<std::string> TakeOffBeginning(Tensors& tensors, absl::Span<const char* const> anchors) {
  for (const char* anchor : anchors) {
    if (tensors.count(anchor) > 0) return "";
  }
  std::vector<std::string> beginnings;
  for (const char* anchor : anchors) {
    for (const auto& [name, tensor] : tensors) {
      absl::string_view beginning = name;
      if (absl::ConsumeSuffix(&beginning, anchor) && absl::EndsWith(beginning, ".")) beginnings.emplace_back(beginning);
    }
    if (!beginnings.empty()) break;
  }
  if (beginnings.empty()) return "";
  if (beginnings.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat("the same model stands in it under ", beginnings.size(),
                                                   " beginnings of names, ", absl::StrJoin(beginnings, " and "),
                                                   ": write a file with the names of one of them alone, and take that "
                                                   "beginning off (",
                                                   beginnings[0], " or ", beginnings[1], ")"));
  }
  const std::string& beginning = beginnings[0];
  Tensors bare;
  for (auto& [name, tensor] : tensors) {
    if (absl::StartsWith(name, beginning)) bare.emplace(name.substr(beginning.size()), tensor);
  }
  for (auto& [name, tensor] : tensors) {
    if (absl::StartsWith(name, beginning)) continue;
    if (!bare.emplace(name, tensor).second) {
      return absl::InvalidArgumentError(absl::StrCat("it has both ", name, " and ", beginning, name, ": take the beginning ",
                                                     beginning,
                                                     " off the names that are meant, and "
                                                     "leave out the others"));
    }
  }
  tensors = std::move(bare);
  return beginning;
}

}  // namespace asap
