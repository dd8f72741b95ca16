#include "datasets/ct_rate/parts.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "datasets/file_cases/file_dataset.h"
#include "datasets/file_cases/find_cases.h"

namespace asap {
namespace {

// The first that exists; empty where none does.
std::string FirstOf(const std::string& root, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const std::string path = absl::StrCat(root, "/", name);
    if (Exists(path)) return path;
  }
  return "";
}

std::vector<std::string> InFolders(const std::vector<std::string>& folders, const std::vector<std::string>& names) {
  std::vector<std::string> paths;
  for (const std::string& folder : folders) {
    for (const std::string& name : names) paths.push_back(absl::StrCat(folder, name));
  }
  return paths;
}

CtRatePart FindPart(const std::string& root, const std::string& part) {
  std::vector<std::string> reports = {part + "_reports_ctrate.csv", part + "_reports.csv"};
  if (part == "valid") reports.push_back("validation_reports.csv");
  CtRatePart found;
  found.reports = FirstOf(root, InFolders({"", "dataset/radiology_text_reports/", "radiology_text_reports/"}, reports));
  found.labels = FirstOf(
      root, InFolders({"", "dataset/multi_abnormality_labels/", "multi_abnormality_labels/"}, {part + "_predicted_labels.csv"}));
  found.volumes = FirstOf(root, {part + "_preprocessed_int", part + "_preprocessed", "dataset/" + part + "_fixed",
                                 "dataset/" + part, part + "_fixed", part});
  found.masks = absl::StrCat(root, "/mask_preprocessed/", part);
  found.no_chest = FirstOf(root, InFolders({"", "dataset/metadata/", "metadata/"}, {"no_chest_" + part + ".txt"}));
  found.raw = !absl::StrContains(found.volumes.substr(found.volumes.rfind('/') + 1), "_preprocessed");
  return found;
}

}  // namespace

absl::StatusOr<std::vector<CtRatePart>> FindCtRateParts(const DatasetOptions& options) {
  ASAP_ASSIGN_OR_RETURN(const std::string wanted, SplitName(options.split));
  const auto given = [&](const char* name, std::string* path) {
    const auto parameter = options.parameters.find(name);
    if (parameter == options.parameters.end()) return false;
    *path = PathBelow(options.root, parameter->second);
    return true;
  };
  CtRatePart train = FindPart(options.root, "train");
  CtRatePart elsewhere = train;
  bool any = given("reports", &elsewhere.reports);
  if (given("volumes", &elsewhere.volumes)) {
    any = true;
    elsewhere.raw = false;  // as they are stored
  }
  any |= given("masks", &elsewhere.masks);
  any |= given("labels", &elsewhere.labels);
  if (any) {
    if (elsewhere.volumes.empty()) elsewhere.volumes = options.root + "/train_preprocessed_int";
    if (elsewhere.reports.empty() && elsewhere.labels.empty()) elsewhere.reports = options.root + "/train_reports_ctrate.csv";
    return std::vector<CtRatePart>{elsewhere};
  }
  std::vector<CtRatePart> parts;
  std::string without_table;
  for (const std::string part : {"train", "valid"}) {
    if (wanted == "valid" ? part == "train" : wanted == "train" && part == "valid") continue;
    CtRatePart found = part == "train" ? train : FindPart(options.root, part);
    const bool table = !found.reports.empty() || !found.labels.empty();
    if (!found.volumes.empty() && !table && without_table.empty()) without_table = found.volumes;
    // A table without volumes is opened as well: each missing volume is then named.
    if (table && (!found.volumes.empty() || !found.reports.empty())) {
      if (found.volumes.empty()) found.volumes = absl::StrCat(options.root, "/", part, "_preprocessed_int");
      parts.push_back(std::move(found));
    }
  }
  if (!parts.empty() && without_table.empty()) return parts;
  if (!without_table.empty()) {
    return absl::NotFoundError(absl::StrCat(
        "dataset ct_rate: ", without_table,
        " is there, but no table of its cases: expected train_reports_ctrate.csv or train_predicted_labels.csv (valid_... for "
        "the "
        "other part) beside it, or Hugging Face's dataset/radiology_text_reports and dataset/multi_abnormality_labels. Download "
        "them, or name them with the parameters reports and labels"));
  }
  return WrongFolder("ct_rate", options.root,
                     "train_reports_ctrate.csv with train_preprocessed_int/ or train_preprocessed/, or Hugging Face's dataset/ "
                     "with train_fixed/, radiology_text_reports/ and multi_abnormality_labels/, and the same for valid");
}

}  // namespace asap
