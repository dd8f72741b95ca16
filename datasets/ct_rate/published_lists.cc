// The split lists of the dataset that the published benchmark ships.
#include "datasets/published_lists/expected_lists.h"

namespace asap {
namespace {

PublishedLists Lists() {
  PublishedLists lists{.folder = "CT-Rate"};
  lists.of_kind[ListKind::kClassification] = {
      {"train_list.csv", 47143, "cdfd88770cd1"}, {"train_list_10.csv", 4715, "5eb555e6f803"},
      {"train_list_1.csv", 471, "d21fa1da1be1"}, {"val_list.csv", 3039, "2356c549da03"},
      {"test_list.csv", 3039, "2356c549da03"},
  };
  return lists;
}

REGISTER_PUBLISHED_LISTS("ct_rate", Lists);

}  // namespace
}  // namespace asap
