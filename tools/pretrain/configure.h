// From flags to the options of each part.
#ifndef ASAP_TOOLS_PRETRAIN_CONFIGURE_H_
#define ASAP_TOOLS_PRETRAIN_CONFIGURE_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

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

// The text encoder's sizes for a vocabulary of that many pieces: the learned one's by the flags, all-MiniLM-L6-v2's, or, for a
// path, BERT-base's, which stand until the file is read.
TextEncoderConfig TextEncoderFromFlags(int64_t vocabulary);

// ToolHelp::defaults of tools that take pre-training's flags: the flagfile of --config, demo where none is typed.
absl::StatusOr<std::vector<std::string>> ConfigDefaults(const std::vector<std::string>& typed);

AugmentOptions AugmentFromFlags(const AsapConfig& config);

}  // namespace asap

#endif  // ASAP_TOOLS_PRETRAIN_CONFIGURE_H_
