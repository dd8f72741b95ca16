// The split lists of the dataset that the published benchmark ships.
#include "datasets/published_lists/expected_lists.h"

namespace asap {
namespace {

PublishedLists Lists() {
  PublishedLists lists{.folder = "LUNA16"};
  lists.of_kind[ListKind::kClassification] = {
      {"train_list.csv", 621, "c73584b65ad4"}, {"train_list_10.csv", 62, "664bf2902b81"}, {"train_list_1.csv", 6, "19c0b3086976"},
      {"val_list.csv", 267, "bd26d0bf1b71"},   {"test_list.csv", 267, "bd26d0bf1b71"},
  };
  return lists;
}

REGISTER_PUBLISHED_LISTS("luna16", Lists);

}  // namespace
}  // namespace asap
