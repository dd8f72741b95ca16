// What a pre-training's numbers depend on, in words: for the run that goes on, and for the processes that train together.
#ifndef ASAP_TOOLS_PRETRAIN_SETTINGS_H_
#define ASAP_TOOLS_PRETRAIN_SETTINGS_H_

#include <string>
#include <utility>
#include <vector>

#include "core/dataset.h"

namespace asap {

using Settings = std::vector<std::pair<std::string, std::string>>;

// Flags that decide the numbers, with their values: a run goes on only under the same ones. Where and how fast is not among them.
Settings DecidingFlags();

// Flags that decide the numbers, or what processes of a group exchange and when: they have to be the same everywhere.
Settings SharedFlags();

// The first digits of a SHA-256 over each case's id, patient, split and whether it has a mask, and with `reports` over its
// report, in the dataset's order. The same wherever the files are.
std::string CasesDigest(const Dataset& dataset, bool reports);

// The same of the state of all volumes' and masks' files (Dataset::Fingerprint): another one where a file was moved or written.
std::string VolumeFilesDigest(const Dataset& dataset);

}  // namespace asap

#endif  // ASAP_TOOLS_PRETRAIN_SETTINGS_H_
