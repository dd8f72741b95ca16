// One line of a replay: how far a key of a fixture is from what this program computes.
#ifndef ASAP_TESTS_GOLDEN_ROW_H_
#define ASAP_TESTS_GOLDEN_ROW_H_

#include <string>
#include <vector>

namespace asap::golden {

struct Row {
  std::string key;        // as in the fixture, prefixed by the precision where two are replayed: "f64 loss/mim"
  double max_abs = 0;     // largest absolute difference
  double max_rel = 0;     // the same over the largest absolute expected value
  std::string tolerance;  // as the fixtures' README states it: "2e-5 x max", "exact"
  bool ok = false;
};
using Rows = std::vector<Row>;

}  // namespace asap::golden

#endif  // ASAP_TESTS_GOLDEN_ROW_H_
