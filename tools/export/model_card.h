// The README.md that goes with exported weights: what the encoder takes, where it comes from, and how Python loads it.
#ifndef ASAP_TOOLS_EXPORT_MODEL_CARD_H_
#define ASAP_TOOLS_EXPORT_MODEL_CARD_H_

#include <map>
#include <string>
#include <vector>

#include "core/encoder.h"

namespace asap {

struct ModelCard {
  EncoderSpec spec;
  int64_t heads = 1;
  int64_t parameters = 0;
  std::string weights;                          // file name of the input, without its folder
  std::map<std::string, std::string> training;  // flags of the run, "--data" -> "pairs"; empty if not known
  std::vector<std::string> files;               // what lies beside the card
};

// Markdown. The Python in it runs as it stands, in the folder of the files.
std::string ModelCardText(const ModelCard& card);

}  // namespace asap

#endif  // ASAP_TOOLS_EXPORT_MODEL_CARD_H_
