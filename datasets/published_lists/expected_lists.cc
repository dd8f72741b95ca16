#include "datasets/published_lists/expected_lists.h"

#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status.h"
#include "core/base/suggest.h"

namespace asap {
namespace {

const Registry<const PublishedLists*>& Table() { return Registry<const PublishedLists*>::Get("dataset with published lists"); }

// Null where none were published.
const PublishedLists* Find(absl::string_view dataset) {
  const auto lists = Table().Find(std::string(dataset));
  return lists.ok() ? *lists : nullptr;
}

const char* KindFolder(ListKind kind) { return kind == ListKind::kClassification ? "Classification" : "Prognosis"; }

bool IsFolder(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

}  // namespace

absl::Span<const ExpectedList> ExpectedLists(ListKind kind, absl::string_view dataset) {
  const PublishedLists* lists = Find(dataset);
  if (lists == nullptr) return {};
  const auto of_kind = lists->of_kind.find(kind);
  return of_kind == lists->of_kind.end() ? absl::Span<const ExpectedList>() : absl::MakeConstSpan(of_kind->second);
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
  if (ExpectedLists(kind, dataset).empty()) {
    std::vector<std::string> known = Table().Names();
    std::erase_if(known, [kind](const std::string& name) { return ExpectedLists(kind, name).empty(); });
    return absl::NotFoundError(absl::StrCat("no ", KindFolder(kind),
                                            " lists were published for it: ", UnknownName("dataset", dataset, known),
                                            " Do without published lists, under the strict protocol"));
  }
  const std::string& name = Find(dataset)->folder;
  if (!IsFolder(splits)) return absl::NotFoundError(absl::StrCat("the folder of published lists ", splits, ": no such folder"));
  const std::string below = absl::StrCat(KindFolder(kind), "/datasets/");
  std::vector<std::string> tried = {absl::StrCat(splits, "/", below, name), absl::StrCat(splits, "/Benchmark/", below, name)};
  // The lists of both kinds have the same names: a folder that may be the other kind's is not looked into.
  const std::string whole = std::filesystem::path(absl::StrCat(splits, "/.")).lexically_normal().string();
  if (absl::EndsWith(whole, absl::StrCat("/", below))) tried.push_back(absl::StrCat(splits, "/", name));
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
