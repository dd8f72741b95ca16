#include "core/benchmark/file_features.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/file.h"
#include "core/base/sha256_file.h"
#include "core/base/status.h"
#include "core/io/npz.h"
#include "core/io/safetensors.h"

namespace asap {
namespace {

absl::StatusOr<at::Tensor> ReadNpy(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  const absl::StatusOr<NpyHeader> header = ParseNpyHeader(absl::string_view(bytes).substr(0, kNpyPrefix));
  if (!header.ok()) return Annotate(header.status(), path);
  if (header->kind != 'f' || (header->item_bytes != 4 && header->item_bytes != 8) || header->big_endian ||
      header->shape.size() != 2 || header->fortran_order) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is ", header->Type(), " ", header->Shape(),
                                                   "; expected float32 or float64 of shape (cases, width) in C order"));
  }
  if (static_cast<int64_t>(bytes.size()) - header->data_offset != header->bytes()) {
    return absl::DataLossError(absl::StrCat(path, ": ends elsewhere than its header says; write it again"));
  }
  at::Tensor values = at::empty({header->shape[0], header->shape[1]}, header->item_bytes == 4 ? at::kFloat : at::kDouble);
  std::memcpy(values.data_ptr(), bytes.data() + header->data_offset, header->bytes());
  return values;
}

absl::StatusOr<std::vector<std::string>> ReadIds(const std::string& path, int64_t rows) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) {
    return absl::NotFoundError(
        absl::StrCat(path, ": the rows' case ids were expected there, one a line: ", text.status().message()));
  }
  std::vector<std::string> ids;
  for (absl::string_view line : absl::StrSplit(*text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (!line.empty()) ids.emplace_back(line);
  }
  if (static_cast<int64_t>(ids.size()) != rows) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": has ", ids.size(), " ids for ", rows, " rows of features"));
  }
  return ids;
}

}  // namespace

absl::StatusOr<std::unique_ptr<FileFeatures>> FileFeatures::Open(const std::string& name, const std::string& path) {
  std::unique_ptr<FileFeatures> features(new FileFeatures(name, path));
  const std::string ids_path = absl::StrCat(path.substr(0, path.rfind('.')), ".txt");
  std::vector<std::string> ids;
  if (absl::EndsWith(path, ".npy")) {
    ASAP_ASSIGN_OR_RETURN(features->values_, ReadNpy(path));
    ASAP_ASSIGN_OR_RETURN(ids, ReadIds(ids_path, features->values_.size(0)));
  } else {
    ASAP_ASSIGN_OR_RETURN(const Safetensors file, ReadSafetensors(path));
    if (const auto matrix = file.tensors.find("features"); matrix != file.tensors.end() && matrix->second.dim() == 2) {
      features->values_ = matrix->second;
      ASAP_ASSIGN_OR_RETURN(ids, ReadIds(ids_path, features->values_.size(0)));
    } else {
      std::vector<at::Tensor> rows;
      for (const auto& [id, tensor] : file.tensors) {
        if (tensor.numel() == 0 || tensor.size(-1) != tensor.numel() || (!rows.empty() && rows[0].numel() != tensor.numel())) {
          return absl::InvalidArgumentError(
              absl::StrCat(path, ": the tensor \"", id, "\" has another shape than [C], C being the same for all"));
        }
        ids.push_back(id);
        rows.push_back(tensor.flatten());
      }
      if (rows.empty()) return absl::InvalidArgumentError(absl::StrCat(path, ": holds no features"));
      features->values_ = at::stack(rows);
    }
  }
  features->values_ = features->values_.to(at::kFloat).contiguous();
  for (size_t row = 0; row < ids.size(); ++row) {
    if (!features->values_[row].isfinite().all().item<bool>()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": the features of ", ids[row], " are not all finite"));
    }
    if (!features->row_of_.emplace(ids[row], row).second) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": the id ", ids[row], " stands there twice"));
    }
  }
  Sha256 digest;
  ASAP_RETURN_IF_ERROR(UpdateFromFile(path, digest));
  features->digest_ = digest.Hex();
  return features;
}

absl::StatusOr<at::Tensor> FileFeatures::Features(const Dataset& dataset, absl::Span<const int64_t> cases, const FeatureView&,
                                                  const std::function<bool(int64_t done)>&) {
  std::vector<int64_t> rows;
  int64_t missing = 0;
  std::string examples;
  for (const int64_t index : cases) {
    const std::string id = dataset.Info(index).id;
    auto row = row_of_.find(absl::StrCat(dataset.card().name, "/", id));
    if (row == row_of_.end()) row = row_of_.find(id);
    if (row == row_of_.end()) {
      if (++missing <= 3) absl::StrAppend(&examples, missing > 1 ? ", " : "", id);
      continue;
    }
    rows.push_back(row->second);
  }
  if (missing > 0) {
    return absl::NotFoundError(absl::StrCat(path_, ": has no features of ", missing, " of ", cases.size(), " cases of ",
                                            dataset.card().name, " (", examples, missing > 3 ? ", ..." : "",
                                            "); expected each case's id, or ", dataset.card().name, "/ID"));
  }
  return values_.index_select(0, at::tensor(rows, at::kLong)).unsqueeze(1);
}

absl::StatusOr<std::unique_ptr<Encoder>> FileFeatures::NewNetwork(const std::map<std::string, std::string>&) const {
  return absl::FailedPreconditionError(
      absl::StrCat(path_, ": holds features of cases and no network; what trains one needs an encoder's weights"));
}

}  // namespace asap
