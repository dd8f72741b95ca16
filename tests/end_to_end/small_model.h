// Flags of tools:pretrain for a model of seconds.
#ifndef ASAP_TESTS_END_TO_END_SMALL_MODEL_H_
#define ASAP_TESTS_END_TO_END_SMALL_MODEL_H_

#include <string>
#include <vector>

namespace asap {

// The model's sizes, then `more`, which win.
inline std::vector<std::string> SmallModel(const std::vector<std::string>& more) {
  std::vector<std::string> flags = {"--volume=32x32x16",  "--width=24",        "--depth=1",         "--heads=2",
                                    "--decoder_width=24", "--decoder_heads=2", "--text_width=24",   "--text_depth=1",
                                    "--text_heads=2",     "--report_heads=2",  "--report_hidden=48"};
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

}  // namespace asap

#endif  // ASAP_TESTS_END_TO_END_SMALL_MODEL_H_
