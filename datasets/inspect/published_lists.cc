// The split lists of the dataset that the published benchmark ships.
#include "datasets/published_lists/expected_lists.h"

namespace asap {
namespace {

PublishedLists Lists() {
  PublishedLists lists{.folder = "INSPECT"};
  lists.of_kind[ListKind::kClassification] = {
      {"train_list.csv", 18945, "88e3a209947b"}, {"train_list_10.csv", 1894, "1e252dc0b2f4"},
      {"train_list_1.csv", 189, "851e8c01e0c3"}, {"val_list.csv", 1088, "109587ef4f2d"},
      {"test_list.csv", 3214, "d018fe749683"},
  };
  lists.of_kind[ListKind::kPrognosis] = {
      {"train_list.csv", 18945, "cab48f60a6d6"}, {"train_list_10.csv", 1894, "d78a2ffcb79a"},
      {"train_list_1.csv", 189, "9252584e3652"}, {"val_list.csv", 1088, "52479d2f2072"},
      {"test_list.csv", 3214, "6432c6b72435"},
  };
  return lists;
}

REGISTER_PUBLISHED_LISTS("inspect", Lists);

}  // namespace
}  // namespace asap
