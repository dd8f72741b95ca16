#include "datasets/published_lists/expected_lists.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status.h"
#include "core/base/suggest.h"

namespace asap {
namespace {

struct Lists {
  ListKind kind;
  const char* dataset;  // registered name
  const char* folder;   // as published
  std::vector<ExpectedList> lists;
};

const std::vector<Lists>& Table() {
  static const auto* table = new std::vector<Lists>{
      {ListKind::kClassification,
       "cc_ccii",
       "CC-CCII",
       {{"train_list.csv", 2385, "be3169b79778"},
        {"train_list_10.csv", 236, "f67d5fb903e1"},
        {"train_list_1.csv", 24, "3dd17dbbe08a"},
        {"val_list.csv", 1008, "51f95366d3b5"},
        {"test_list.csv", 1008, "51f95366d3b5"}}},
      {ListKind::kClassification,
       "ct_rate",
       "CT-Rate",
       {{"train_list.csv", 47143, "cdfd88770cd1"},
        {"train_list_10.csv", 4715, "5eb555e6f803"},
        {"train_list_1.csv", 471, "d21fa1da1be1"},
        {"val_list.csv", 3039, "2356c549da03"},
        {"test_list.csv", 3039, "2356c549da03"}}},
      {ListKind::kClassification,
       "inspect",
       "INSPECT",
       {{"train_list.csv", 18945, "88e3a209947b"},
        {"train_list_10.csv", 1894, "1e252dc0b2f4"},
        {"train_list_1.csv", 189, "851e8c01e0c3"},
        {"val_list.csv", 1088, "109587ef4f2d"},
        {"test_list.csv", 3214, "d018fe749683"}}},
      {ListKind::kClassification,
       "luna16",
       "LUNA16",
       {{"train_list.csv", 621, "c73584b65ad4"},
        {"train_list_10.csv", 62, "664bf2902b81"},
        {"train_list_1.csv", 6, "19c0b3086976"},
        {"val_list.csv", 267, "bd26d0bf1b71"},
        {"test_list.csv", 267, "bd26d0bf1b71"}}},
      {ListKind::kClassification,
       "rad_chestct",
       "RadChestCT",
       {{"train_list.csv", 2286, "39d265646e4a"},
        {"train_list_10.csv", 229, "ddd74177dbad"},
        {"val_list.csv", 984, "1a982d6ce143"},
        {"test_list.csv", 360, "9805368fd542"},
        {"test_list_origin.csv", 3630, "08592ab3357d"}}},
      {ListKind::kClassification, "rspect", "RSPECT", {{"test_list.csv", 6804, "02f0ba824ad5"}}},
      {ListKind::kClassification,
       "stoic",
       "Stoic",
       {{"train_list.csv", 1600, "04a5d6be7d07"},
        {"train_list_10.csv", 160, "458ca34b9ca5"},
        {"train_list_1.csv", 16, "1d4e57a272a4"},
        {"val_list.csv", 400, "0db8496a08a7"},
        {"test_list.csv", 400, "0db8496a08a7"}}},
      {ListKind::kPrognosis,
       "inspect",
       "INSPECT",
       {{"train_list.csv", 18945, "cab48f60a6d6"},
        {"train_list_10.csv", 1894, "d78a2ffcb79a"},
        {"train_list_1.csv", 189, "9252584e3652"},
        {"val_list.csv", 1088, "52479d2f2072"},
        {"test_list.csv", 3214, "6432c6b72435"}}},
      {ListKind::kPrognosis,
       "stoic",
       "Stoic",
       {{"train_list.csv", 1600, "b192e4a419d1"},
        {"train_list_10.csv", 160, "bd3ac2c60970"},
        {"train_list_1.csv", 16, "0ce5d41d3afe"},
        {"val_list.csv", 400, "e0a647acd281"},
        {"test_list.csv", 400, "e0a647acd281"}}},
  };
  return *table;
}

const Lists* Find(ListKind kind, absl::string_view dataset) {
  for (const Lists& lists : Table()) {
    if (lists.kind == kind && lists.dataset == dataset) return &lists;
  }
  return nullptr;
}

const char* KindFolder(ListKind kind) { return kind == ListKind::kClassification ? "Classification" : "Prognosis"; }

bool IsFolder(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

}  // namespace

absl::Span<const ExpectedList> ExpectedLists(ListKind kind, absl::string_view dataset) {
  const Lists* lists = Find(kind, dataset);
  return lists == nullptr ? absl::Span<const ExpectedList>() : absl::MakeConstSpan(lists->lists);
}

const ExpectedList* FindExpectedList(ListKind kind, absl::string_view dataset, absl::string_view file) {
  for (const ExpectedList& list : ExpectedLists(kind, dataset)) {
    if (list.file == file) return &list;
  }
  return nullptr;
}

bool ValidationIsTest(ListKind kind, absl::string_view dataset) {
  const ExpectedList* validation = FindExpectedList(kind, dataset, "val_list.csv");
  const ExpectedList* test = FindExpectedList(kind, dataset, "test_list.csv");
  return validation != nullptr && test != nullptr &&
         absl::string_view(validation->sha256_prefix) == absl::string_view(test->sha256_prefix);
}

absl::StatusOr<std::string> PublishedListFolder(const std::string& splits, ListKind kind, absl::string_view dataset) {
  const Lists* lists = Find(kind, dataset);
  if (lists == nullptr) {
    std::vector<std::string> known;
    for (const Lists& other : Table()) {
      if (other.kind == kind) known.push_back(other.dataset);
    }
    return absl::NotFoundError(absl::StrCat("no ", KindFolder(kind),
                                            " lists were published for it: ", UnknownName("dataset", dataset, known),
                                            " Do without published lists, under the strict protocol"));
  }
  if (!IsFolder(splits)) return absl::NotFoundError(absl::StrCat("the folder of published lists ", splits, " does not exist"));
  const std::string below = absl::StrCat(KindFolder(kind), "/datasets/");
  std::vector<std::string> tried = {absl::StrCat(splits, "/", below, lists->folder),
                                    absl::StrCat(splits, "/Benchmark/", below, lists->folder)};
  // The lists of both kinds have the same names: a folder that may be the other kind's is not looked into.
  const std::string whole = std::filesystem::path(absl::StrCat(splits, "/.")).lexically_normal().string();
  if (absl::EndsWith(whole, absl::StrCat("/", below))) tried.push_back(absl::StrCat(splits, "/", lists->folder));
  for (const std::string& folder : tried) {
    if (IsFolder(folder)) return folder;
  }
  return absl::NotFoundError(
      absl::StrCat("the published lists of ", dataset, " are not there; looked for ", absl::StrJoin(tried, ", "),
                   ". Give the folder Benchmark/ of a checkout of the published code (commit 6918832), or do without "
                   "published lists, under the strict protocol"));
}

absl::StatusOr<PublishedList> ReadSplitList(const std::string& splits, ListKind kind, absl::string_view dataset,
                                            absl::string_view file, bool allow_other) {
  ASAP_ASSIGN_OR_RETURN(const std::string folder, PublishedListFolder(splits, kind, dataset));
  const ExpectedList* expected = FindExpectedList(kind, dataset, file);
  if (expected == nullptr && !allow_other) {
    std::vector<std::string> known;
    for (const ExpectedList& list : ExpectedLists(kind, dataset)) known.push_back(list.file);
    return absl::NotFoundError(absl::StrCat(folder, ": ", UnknownName("list", file, known)));
  }
  return ReadPublishedList(absl::StrCat(folder, "/", file), allow_other ? nullptr : expected);
}

}  // namespace asap
