#include "tasks/cohort/cohort.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/sha256.h"
#include "core/base/status.h"
#include "core/base/suggest.h"
#include "core/benchmark/splits.h"
#include "core/data/fractions/fractions.h"
#include "core/data/published_list/published_list.h"

namespace asap {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

using LabelsById = absl::flat_hash_map<std::string, std::vector<double>>;

// The columns of a published list are the task's labels in their order, however its header spells them.
absl::Status AddLabels(const PublishedList& list, const std::vector<std::string>& names, LabelsById& labels) {
  const size_t columns = list.label_names.size();
  for (int64_t row = 0; row < list.size(); ++row) {
    std::vector<double> values;
    if (columns == names.size()) {
      for (size_t label = 0; label < columns; ++label) values.push_back(list.Value(row, label));
    } else {
      for (const std::string& name : names) {  // a list with more columns than the task reads
        const auto column = std::find(list.label_names.begin(), list.label_names.end(), name);
        if (column == list.label_names.end()) {
          return absl::InvalidArgumentError(absl::StrCat(list.path, ": ", UnknownName("label column", name, list.label_names)));
        }
        values.push_back(list.Value(row, column - list.label_names.begin()));
      }
    }
    labels[list.ids[row]] = std::move(values);
  }
  return absl::OkStatus();
}

absl::StatusOr<LabelledCases> Label(const Dataset& dataset, const std::vector<int64_t>& cases,
                                    const std::vector<std::string>& names, const LabelsById* listed) {
  LabelledCases labelled{.cases = cases};
  for (const std::string& name : names) {
    const std::vector<std::string>& known = dataset.card().label_names;
    if (listed == nullptr && std::find(known.begin(), known.end(), name) == known.end()) {
      return absl::InvalidArgumentError(absl::StrCat("dataset ", dataset.card().name, ": ", UnknownName("label", name, known),
                                                     " The task's spec names labels that this dataset does not have."));
    }
  }
  for (const int64_t index : cases) {
    std::vector<double> row;
    if (listed != nullptr) {
      row = listed->at(dataset.Info(index).id);
    } else {
      absl::StatusOr<std::map<std::string, double>> labels = dataset.Labels(index);
      if (!labels.ok()) return Annotate(labels.status(), dataset.Info(index).id);
      for (const std::string& name : names) {
        const auto found = labels->find(name);
        row.push_back(found == labels->end() ? kUnknown : found->second);
      }
    }
    labelled.labels.push_back(std::move(row));
  }
  return labelled;
}

struct Lists {
  IdLists ids;
  LabelsById labels;
};

absl::StatusOr<Lists> ReadLists(const CohortSpec& spec, const TaskContext& context) {
  Lists lists;
  for (const auto& [file, ids] :
       {std::pair("train_list.csv", &lists.ids.train), {"val_list.csv", &lists.ids.valid}, {"test_list.csv", &lists.ids.test}}) {
    ASAP_ASSIGN_OR_RETURN(const PublishedList list, ReadSplitList(context.splits, spec.lists, spec.dataset, file));
    ASAP_RETURN_IF_ERROR(AddLabels(list, spec.labels, lists.labels));
    *ids = list.ids;
  }
  return lists;
}

// The published subset of that fraction, less the cases that became validation; nullopt where none was published.
absl::StatusOr<std::optional<std::vector<int64_t>>> ListedFraction(const Dataset& dataset, const CohortSpec& spec,
                                                                   const TaskContext& context,
                                                                   const std::vector<int64_t>& train) {
  const std::string file = absl::StrCat("train_list_", context.fraction, ".csv");
  if (FindExpectedList(spec.lists, spec.dataset, file) == nullptr) return std::nullopt;
  ASAP_ASSIGN_OR_RETURN(const PublishedList list, ReadSplitList(context.splits, spec.lists, spec.dataset, file));
  absl::flat_hash_map<std::string, int64_t> index_of;
  for (const int64_t index : train) index_of.emplace(dataset.Info(index).id, index);
  std::vector<int64_t> chosen;
  for (const std::string& id : list.ids) {
    if (const auto found = index_of.find(id); found != index_of.end()) chosen.push_back(found->second);
  }
  return chosen;
}

// Row by row, a column for each label or class: 1 yes, 0 no, -1 unknown.
std::vector<int> YesNoLabels(const CohortSpec& spec, const std::vector<std::vector<double>>& labels) {
  std::vector<int> values;
  for (const std::vector<double>& row : labels) {
    if (spec.classes == 0) {
      for (const double value : row) values.push_back(std::isnan(value) ? -1 : value > 0.5);
      continue;
    }
    for (int64_t c = 0; c < spec.classes; ++c) {
      values.push_back(std::isnan(row[0]) ? -1 : row[0] == static_cast<double>(c));
    }
  }
  return values;
}

}  // namespace

RowId RowOf(const Dataset& dataset, int64_t index, const std::string& item) {
  const CaseInfo info = dataset.Info(index);
  return {
      .case_id = info.id, .item = item, .patient = Sha256Hex(absl::StrCat(dataset.card().name, "/", info.patient)).substr(0, 12)};
}

absl::StatusOr<TaskCohort> GatherCohort(const Dataset& dataset, const CohortSpec& spec, const TaskContext& context) {
  const bool strict = context.protocol == Protocol::kStrict;
  CaseSplits splits;
  std::optional<Lists> lists;
  if (!context.splits.empty()) {
    ASAP_ASSIGN_OR_RETURN(lists, ReadLists(spec, context));
    ASAP_ASSIGN_OR_RETURN(splits, SplitByLists(dataset, lists->ids, strict));
  } else {
    ASAP_ASSIGN_OR_RETURN(splits, SplitByRule(dataset));
    if (!strict) {
      splits.warnings.push_back(
          absl::StrCat("dataset ", dataset.card().name,
                       ": the published split lists were not given, so the documented rule split the data: hyper-parameters are "
                       "published ones, numbers do not compare with published ones"));
    }
  }
  TaskCohort cohort{.split = splits.facts, .warnings = splits.warnings};
  const LabelsById* listed = lists.has_value() ? &lists->labels : nullptr;
  const std::vector<std::string>& names = spec.labels;
  ASAP_ASSIGN_OR_RETURN(cohort.train, Label(dataset, splits.train, names, listed));
  ASAP_ASSIGN_OR_RETURN(cohort.valid, Label(dataset, splits.valid, names, listed));
  ASAP_ASSIGN_OR_RETURN(cohort.test, Label(dataset, splits.test, names, listed));

  if (context.fraction < 100) {
    std::optional<std::vector<int64_t>> published;
    if (listed != nullptr) {
      ASAP_ASSIGN_OR_RETURN(published, ListedFraction(dataset, spec, context, splits.train));
    }
    std::vector<int64_t> rows;  // of cohort.train
    if (published.has_value()) {
      const absl::flat_hash_set<int64_t> chosen(published->begin(), published->end());
      for (size_t row = 0; row < splits.train.size(); ++row) {
        if (chosen.contains(splits.train[row])) rows.push_back(row);
      }
    } else {
      std::vector<std::string> patients;
      for (const int64_t index : splits.train) patients.push_back(dataset.Info(index).patient);
      ASAP_ASSIGN_OR_RETURN(rows,
                            PatientFraction(patients, YesNoLabels(spec, cohort.train.labels), context.fraction, context.seed));
    }
    LabelledCases kept;
    for (const int64_t row : rows) {
      kept.cases.push_back(cohort.train.cases[row]);
      kept.labels.push_back(cohort.train.labels[row]);
    }
    cohort.train = std::move(kept);
  }
  splits.train = cohort.train.cases;
  cohort.split = FactsOf(dataset, splits, cohort.split.origin);
  return cohort;
}

absl::StatusOr<LabelledCases> GatherExternal(const Dataset& dataset, const std::vector<std::string>& names,
                                             const TaskContext& context) {
  const std::string& name = dataset.card().name;
  if (!context.splits.empty()) {
    // Rad-ChestCT's test_list_origin.csv lists all its three parts.
    for (const char* file : {"test_list_origin.csv", "test_list.csv"}) {
      if (FindExpectedList(ListKind::kClassification, name, file) == nullptr) continue;
      ASAP_ASSIGN_OR_RETURN(const PublishedList list, ReadSplitList(context.splits, ListKind::kClassification, name, file));
      LabelsById labels;
      ASAP_RETURN_IF_ERROR(AddLabels(list, names, labels));
      std::vector<int64_t> cases;
      for (int64_t i = 0; i < dataset.size(); ++i) {
        if (labels.contains(dataset.Info(i).id)) cases.push_back(i);
      }
      if (static_cast<int64_t>(cases.size()) < list.size()) {
        return absl::NotFoundError(absl::StrCat(list.size() - cases.size(), " of the ", list.size(), " cases of ", list.path,
                                                " are not in the data; complete them, or do without published lists"));
      }
      return Label(dataset, cases, names, &labels);
    }
  }
  std::vector<int64_t> cases(dataset.size());
  std::iota(cases.begin(), cases.end(), 0);
  return Label(dataset, cases, names, nullptr);
}

}  // namespace asap
