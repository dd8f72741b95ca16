// The split lists of the dataset that the published benchmark ships.
#include "datasets/published_lists/expected_lists.h"

namespace asap {
namespace {

PublishedLists Lists() {
  PublishedLists lists{.folder = "CC-CCII"};
  lists.of_kind[ListKind::kClassification] = {
      {"train_list.csv", 2385, "be3169b79778"}, {"train_list_10.csv", 236, "f67d5fb903e1"},
      {"train_list_1.csv", 24, "3dd17dbbe08a"}, {"val_list.csv", 1008, "51f95366d3b5"},
      {"test_list.csv", 1008, "51f95366d3b5"},
  };
  return lists;
}

REGISTER_PUBLISHED_LISTS("cc_ccii", Lists);

}  // namespace
}  // namespace asap
