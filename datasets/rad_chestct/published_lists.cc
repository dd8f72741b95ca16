// The split lists of the dataset that the published benchmark ships.
#include "datasets/published_lists/expected_lists.h"

namespace asap {
namespace {

PublishedLists Lists() {
  PublishedLists lists{.folder = "RadChestCT"};
  lists.of_kind[ListKind::kClassification] = {
      {"train_list.csv", 2286, "39d265646e4a"},       {"train_list_10.csv", 229, "ddd74177dbad"},
      {"val_list.csv", 984, "1a982d6ce143"},          {"test_list.csv", 360, "9805368fd542"},
      {"test_list_origin.csv", 3630, "08592ab3357d"},
  };
  return lists;
}

REGISTER_PUBLISHED_LISTS("rad_chestct", Lists);

}  // namespace
}  // namespace asap
