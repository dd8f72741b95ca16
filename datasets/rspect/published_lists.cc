// The split lists of the dataset that the published benchmark ships.
#include "datasets/published_lists/expected_lists.h"

namespace asap {
namespace {

PublishedLists Lists() {
  PublishedLists lists{.folder = "RSPECT"};
  lists.of_kind[ListKind::kClassification] = {
      {"test_list.csv", 6804, "02f0ba824ad5"},
  };
  return lists;
}

REGISTER_PUBLISHED_LISTS("rspect", Lists);

}  // namespace
}  // namespace asap
