// The split lists that the published benchmark ships (Benchmark/ at commit 6918832): where they are, their rows and their
// digests. The lists themselves hold labels under the datasets' own licences and are read from a checkout. Each dataset registers
// its own, in datasets/NAME/published_lists.cc:
//
//   PublishedLists Lists() {
//     PublishedLists lists{.folder = "Stoic"};
//     lists.of_kind[ListKind::kClassification] = {{"train_list.csv", 1600, "04a5d6be7d07"}, ...};
//     return lists;
//   }
//   REGISTER_PUBLISHED_LISTS("stoic", Lists);
//
// What is linked into the program is known here.
#ifndef ASAP_DATASETS_PUBLISHED_LISTS_EXPECTED_LISTS_H_
#define ASAP_DATASETS_PUBLISHED_LISTS_EXPECTED_LISTS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/data/published_list/published_list.h"
#include "core/registry.h"

namespace asap {

enum class ListKind { kClassification, kPrognosis };

struct PublishedLists {
  std::string folder;  // the dataset's, as published
  std::map<ListKind, std::vector<ExpectedList>> of_kind;
};

// All lists of a dataset, by its registered name: train_list.csv, train_list_10.csv and train_list_1.csv where there are some,
// val_list.csv, test_list.csv. Empty where nothing was published.
absl::Span<const ExpectedList> ExpectedLists(ListKind kind, absl::string_view dataset);

// Null where there is no such list.
const ExpectedList* FindExpectedList(ListKind kind, absl::string_view dataset, absl::string_view file);

// Whether the published validation list of the dataset is its test list, byte for byte: whatever is chosen on it is chosen on
// test data.
bool ValidationIsTest(ListKind kind, absl::string_view dataset);

// The folder with the dataset's lists. `splits` is a checkout of the published code, its folder Benchmark/, or the folder
// .../Classification/datasets or .../Prognosis/datasets of the right kind. NotFound names where it was looked for.
absl::StatusOr<std::string> PublishedListFolder(const std::string& splits, ListKind kind, absl::string_view dataset);

// Reads one list, found and held against the table. `allow_other` takes a list that differs from the published one.
absl::StatusOr<PublishedList> ReadSplitList(const std::string& splits, ListKind kind, absl::string_view dataset,
                                            absl::string_view file, bool allow_other = false);

}  // namespace asap

// `factory` is called once, before main().
#define REGISTER_PUBLISHED_LISTS(name, factory) \
  ASAP_REGISTER(const ::asap::PublishedLists*, "dataset with published lists", name, new ::asap::PublishedLists(factory()))

#endif  // ASAP_DATASETS_PUBLISHED_LISTS_EXPECTED_LISTS_H_
