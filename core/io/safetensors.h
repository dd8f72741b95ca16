// Reading and writing safetensors files: named tensors and text metadata, nothing that can execute.
//
//   ASAP_ASSIGN_OR_RETURN(Safetensors file, ReadSafetensors("run/encoder.safetensors"));
//   const at::Tensor& weight = file.tensors.at("patch_embed.proj.weight");
//
// Format (huggingface/safetensors): u64 little-endian header length, a JSON header, the tensors' bytes in C order. The reader
// takes nothing on trust: a file from anywhere either yields its tensors or an error that names its first defect.
#ifndef ASAP_CORE_IO_SAFETENSORS_H_
#define ASAP_CORE_IO_SAFETENSORS_H_

#include <ATen/core/TensorBody.h>

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/io/tensor.h"

namespace asap {

struct Safetensors {
  std::map<std::string, at::Tensor> tensors;    // contiguous, on the CPU, each with memory of its own
  std::map<std::string, std::string> metadata;  // the header's __metadata__
};

// Types: F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL. InvalidArgument, naming the file and the defect, for a header that is
// longer than the file or than 100 MB, is not UTF-8 JSON of the format's shape or depth, or repeats a key; for a tensor whose
// shape times type overflows or differs from its range; for ranges that overlap, leave holes or end elsewhere than the file.
absl::StatusOr<Safetensors> ReadSafetensors(const std::string& path);

// The metadata alone, without reading a tensor.
absl::StatusOr<std::map<std::string, std::string>> ReadSafetensorsMetadata(const std::string& path);

// Writes all or nothing (see WriteAtomically). The bytes depend only on the arguments' values, not on the order of `tensors`:
// they are laid out by size of element, then by name, so that each is aligned.
absl::Status WriteSafetensors(const std::string& path, const NamedTensors& tensors,
                              const std::map<std::string, std::string>& metadata = {});

}  // namespace asap

#endif  // ASAP_CORE_IO_SAFETENSORS_H_
