// The split lists of the dataset that the published benchmark ships.
#include "datasets/published_lists/expected_lists.h"

namespace asap {
namespace {

PublishedLists Lists() {
  PublishedLists lists{.folder = "Stoic"};
  lists.of_kind[ListKind::kClassification] = {
      {"train_list.csv", 1600, "04a5d6be7d07"}, {"train_list_10.csv", 160, "458ca34b9ca5"},
      {"train_list_1.csv", 16, "1d4e57a272a4"}, {"val_list.csv", 400, "0db8496a08a7"},
      {"test_list.csv", 400, "0db8496a08a7"},
  };
  lists.of_kind[ListKind::kPrognosis] = {
      {"train_list.csv", 1600, "b192e4a419d1"}, {"train_list_10.csv", 160, "bd3ac2c60970"},
      {"train_list_1.csv", 16, "0ce5d41d3afe"}, {"val_list.csv", 400, "e0a647acd281"},
      {"test_list.csv", 400, "e0a647acd281"},
  };
  return lists;
}

REGISTER_PUBLISHED_LISTS("stoic", Lists);

}  // namespace
}  // namespace asap
