// Features of a frozen text encoder on disk: a report's findings are the same in every epoch, so that they are encoded once.
//
// One file per text, named by a digest of the encoder and of the tokens, written whole or not at all: processes may share a
// folder. A file that is damaged, or of other tokens, counts as missing and is written anew. Nothing is deleted: a full cache
// takes no more.
#ifndef ASAP_MODULES_ASAP_TEXT_CACHE_H_
#define ASAP_MODULES_ASAP_TEXT_CACHE_H_

#include <ATen/core/TensorBody.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/io/tensor.h"

namespace asap {

class TextCache {
 public:
  // Makes the folder where it is missing. `encoder` names the weights: DigestOf.
  static absl::StatusOr<std::unique_ptr<TextCache>> Open(const std::string& folder, uint64_t encoder, int64_t max_bytes);

  // A digest over names, shapes and all numbers.
  static uint64_t DigestOf(const NamedTensors& weights);

  // The features [T, C] of the tokens `ids` [T] int64 on the CPU, in that type; undefined where they are not known.
  at::Tensor Find(const at::Tensor& ids, at::ScalarType type);
  // Keeps features [T, C], float32 or bfloat16 on the CPU. A disk that is full or gone is warned of once, and ends writing.
  void Put(const at::Tensor& ids, const at::Tensor& features);

  int64_t hits() const { return hits_; }
  int64_t misses() const { return misses_; }

 private:
  TextCache(std::string folder, uint64_t encoder, int64_t room) : folder_(std::move(folder)), encoder_(encoder), room_(room) {}
  std::string PathOf(const at::Tensor& ids, at::ScalarType type) const;

  std::string folder_;
  uint64_t encoder_;
  int64_t room_;  // bytes that may still be written
  int64_t hits_ = 0, misses_ = 0;
};

}  // namespace asap

#endif  // ASAP_MODULES_ASAP_TEXT_CACHE_H_
