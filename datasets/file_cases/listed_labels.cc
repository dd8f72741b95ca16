#include "datasets/file_cases/listed_labels.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status.h"
#include "core/data/published_list/published_list.h"
#include "datasets/file_cases/find_cases.h"

namespace asap {
namespace {

constexpr const char* kLists[] = {"train_list.csv", "val_list.csv", "test_list.csv"};

}  // namespace

absl::StatusOr<ListedLabels> ReadListedLabels(const std::string& path, absl::string_view column, int greatest) {
  std::vector<std::string> files;
  if (!IsFolder(path)) files.push_back(path);
  for (const char* name : kLists) {
    if (IsFolder(path) && Exists(absl::StrCat(path, "/", name))) files.push_back(absl::StrCat(path, "/", name));
  }
  if (files.empty()) {
    return absl::NotFoundError(absl::StrCat(path, ": the labels were to be read from here; expected ",
                                            absl::StrJoin(kLists, ", "), " or some of them, found none"));
  }
  ListedLabels labels;
  labels.path = path;
  for (const std::string& file : files) {
    ASAP_ASSIGN_OR_RETURN(const PublishedList list, ReadPublishedList(file));
    const auto name = std::find(list.label_names.begin(), list.label_names.end(), column);
    if (name == list.label_names.end()) {
      return absl::InvalidArgumentError(absl::StrCat(file, ": has no label \"", column, "\" but ",
                                                     absl::StrJoin(list.label_names, ", "),
                                                     ": is it the list of another dataset?"));
    }
    for (int64_t row = 0; row < list.size(); ++row) {
      const int value = list.Value(row, name - list.label_names.begin());
      if (value > greatest) {
        return absl::InvalidArgumentError(absl::StrCat(file, ": the label \"", column, "\" of case ", list.ids[row], " is ",
                                                       value, "; expected 0 to ", greatest));
      }
      const auto [known, is_new] = labels.value_of.emplace(list.ids[row], value);
      if (!is_new && known->second != value) {
        return absl::InvalidArgumentError(absl::StrCat(file, ": the label \"", column, "\" of case ", list.ids[row], " is ",
                                                       value, " here and ", known->second, " in another list of the folder"));
      }
    }
  }
  return labels;
}

void AddListedLabels(const ListedLabels& listed, FileDatasetParts* parts) {
  std::vector<double> values;
  int64_t without = 0;
  std::string first;
  for (int64_t i = 0; i < parts->cases.size(); ++i) {
    const std::string id(parts->cases[i].id);
    const auto found = listed.value_of.find(id);
    values.push_back(found == listed.value_of.end() ? std::numeric_limits<double>::quiet_NaN() : found->second);
    if (found == listed.value_of.end() && without++ == 0) first = id;
  }
  if (without > 0) {
    parts->problems.push_back({.severity = DatasetProblem::Severity::kWarning,
                               .message = absl::StrCat(listed.path, ": lists no label of ", without, " of ", values.size(),
                                                       " cases, the first of which is ", first),
                               .remedy = "name the folder with all lists of this dataset, or remove the volumes"});
  }
  parts->labels.push_back(std::move(values));
}

}  // namespace asap
