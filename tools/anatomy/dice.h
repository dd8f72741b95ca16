// How well a mask agrees with another that is held to be true.
#ifndef ASAP_TOOLS_ANATOMY_DICE_H_
#define ASAP_TOOLS_ANATOMY_DICE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"

namespace asap {

// Dice's coefficient 2 |A and B| / (|A| + |B|) of each class 1 ... classes - 1, on one grid; no value where neither has the
// class. The entry of class 0 is empty.
std::vector<std::optional<double>> DicePerClass(absl::Span<const uint8_t> mask, absl::Span<const uint8_t> truth, int classes);

}  // namespace asap

#endif  // ASAP_TOOLS_ANATOMY_DICE_H_
