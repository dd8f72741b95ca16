// From flags to the options of each part.
#ifndef ASAP_TOOLS_PRETRAIN_CONFIGURE_H_
#define ASAP_TOOLS_PRETRAIN_CONFIGURE_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "core/dataset.h"
#include "core/imaging/augment.h"
#include "modules/asap/config.h"

namespace asap {

// "64x64x32" -> {64, 64, 32}; `flag` is for the message.
absl::StatusOr<std::array<int64_t, 3>> ParseTriple(const std::string& flag, const std::string& text);

// The model that the flags describe, without the sizes that come from the text encoder and its vocabulary.
absl::StatusOr<AsapConfig> ConfigFromFlags();

// The dataset that the flags name. The phantom is made at the size of the input.
absl::StatusOr<DatasetOptions> DatasetOptionsFromFlags(const AsapConfig& config);

AugmentOptions AugmentFromFlags(const AsapConfig& config);

}  // namespace asap

#endif  // ASAP_TOOLS_PRETRAIN_CONFIGURE_H_
