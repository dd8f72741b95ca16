// What became of each tensor of an import, for the user to read.
#ifndef ASAP_TOOLS_IMPORT_KEY_REPORT_H_
#define ASAP_TOOLS_IMPORT_KEY_REPORT_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace asap {

struct KeyReport {
  struct Component {
    std::string name;
    int64_t loaded = 0, missing = 0, reshaped = 0;
  };
  std::vector<std::string> sources;  // a line each: "mae.pth: PyTorch zip, kind mae, 170 tensors"
  std::vector<Component> components;
  std::vector<std::string> missing;     // names that the result needs and no input has
  std::vector<std::string> unexpected;  // names that nothing of the model answers to; not written
  std::vector<std::string> ignored;     // names that are known and not taken; not written
  std::vector<std::string> reshaped;    // "patch_embed.proj.weight [12, 32] -> [12, 1, 4, 4, 2]"
  std::vector<std::string> renamed;     // "old -> new"
  std::vector<std::string> assumed;     // what no file tells, and how to tell it

  // The table of components, the counts, and every name above under its heading.
  std::string Text() const;
};

}  // namespace asap

#endif  // ASAP_TOOLS_IMPORT_KEY_REPORT_H_
