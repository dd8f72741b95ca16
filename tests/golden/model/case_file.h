// A model case file, read and checked for wholeness.
#ifndef ASAP_TESTS_GOLDEN_MODEL_CASE_FILE_H_
#define ASAP_TESTS_GOLDEN_MODEL_CASE_FILE_H_

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "modules/asap/asap.h"
#include "modules/pretraining/batch.h"

namespace asap::golden {

struct CaseFile {
  nlohmann::json meta;
  AsapConfig config;
  Batch batch;
  std::map<std::string, at::Tensor> weights;   // w/NAME as NAME
  std::map<std::string, at::Tensor> integers;  // int/NAME as NAME
  std::map<std::string, at::Tensor> values;    // mid*/, loss*/, grad*/ under their full keys
};

// May throw nlohmann's exceptions: call it within Guarded.
absl::StatusOr<CaseFile> ReadCase(const std::string& path);

// The published behaviour, with the file's weights: all of them, or an error.
absl::StatusOr<std::unique_ptr<AsapModel>> ModelOfCase(const CaseFile& file, at::ScalarType type);

// A batch of the fixture's arrays: `ids` etc. by their names there. Texts must have type 0 throughout, as the model assumes.
absl::StatusOr<Batch> BatchOf(const std::map<std::string, at::Tensor>& inputs);

}  // namespace asap::golden

#endif  // ASAP_TESTS_GOLDEN_MODEL_CASE_FILE_H_
