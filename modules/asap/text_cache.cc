#include "modules/asap/text_cache.h"

#include <ATen/ops/empty.h>

#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "core/base/crc32.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/random.h"

namespace asap {
namespace {

// What a file begins with; tokens and features follow. The checksum is of everything behind it.
struct Header {
  char magic[8] = {'A', 'S', 'A', 'P', 'T', 'X', 'T', '1'};
  uint32_t crc32 = 0;
  uint32_t type = 0;
  uint64_t encoder = 0;
  int64_t tokens = 0, width = 0;
};
constexpr size_t kUnchecked = offsetof(Header, crc32) + sizeof(uint32_t);

uint64_t Hash(const void* bytes, size_t size, uint64_t hash) {
  const char* at = static_cast<const char*>(bytes);
  for (; size > 0;) {
    uint64_t word = 0;
    const size_t count = size < sizeof(word) ? size : sizeof(word);
    std::memcpy(&word, at, count);
    hash = Mix64(hash ^ word) + 0x9E3779B97F4A7C15;
    at += count;
    size -= count;
  }
  return Mix64(hash);
}

uint32_t Checksum(absl::string_view file) { return Crc32(file.substr(kUnchecked)); }

absl::string_view Bytes(const at::Tensor& x) {
  return {static_cast<const char*>(x.const_data_ptr()), static_cast<size_t>(x.nbytes())};
}

}  // namespace

absl::StatusOr<std::unique_ptr<TextCache>> TextCache::Open(const std::string& folder, uint64_t encoder, int64_t max_bytes) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return absl::UnavailableError(absl::StrCat("cannot make the text cache ", folder, ": ", error.message()));
  int64_t used = 0;
  std::filesystem::directory_iterator entries(folder, error);
  if (error) return absl::UnavailableError(absl::StrCat("cannot read the text cache ", folder, ": ", error.message()));
  for (const auto& entry : entries) {
    const auto size = entry.file_size(error);
    if (!error) used += static_cast<int64_t>(size);
  }
  return std::unique_ptr<TextCache>(new TextCache(folder, encoder, max_bytes - used));
}

uint64_t TextCache::DigestOf(const NamedTensors& weights) {
  uint64_t hash = 0;
  for (const NamedTensor& weight : weights) {
    const at::Tensor numbers = weight.tensor.detach().cpu().contiguous();
    hash = Hash(weight.name.data(), weight.name.size(), hash);
    hash = Hash(numbers.sizes().data(), numbers.sizes().size() * sizeof(int64_t), hash);
    hash = Hash(numbers.const_data_ptr(), numbers.nbytes(), hash);
  }
  return hash;
}

std::string TextCache::PathOf(const at::Tensor& ids, at::ScalarType type) const {
  const uint64_t seed = encoder_ ^ static_cast<uint64_t>(type);
  const uint64_t low = Hash(ids.const_data_ptr(), ids.nbytes(), seed), high = Hash(ids.const_data_ptr(), ids.nbytes(), ~seed);
  return absl::StrFormat("%s/%016x%016x.features", folder_, high, low);
}

at::Tensor TextCache::Find(const at::Tensor& ids, at::ScalarType type) {
  const at::Tensor tokens = ids.contiguous();
  const absl::StatusOr<std::string> file = ReadFile(PathOf(tokens, type));
  ++misses_;
  if (!file.ok() || file->size() < sizeof(Header)) return {};
  Header header;
  std::memcpy(&header, file->data(), sizeof(header));
  const size_t ids_bytes = tokens.nbytes();
  if (std::memcmp(header.magic, Header().magic, sizeof(header.magic)) != 0 || header.crc32 != Checksum(*file) ||
      header.type != static_cast<uint32_t>(type) || header.encoder != encoder_ || header.tokens != tokens.numel() ||
      header.width < 1 ||
      file->size() != sizeof(Header) + ids_bytes + header.tokens * header.width * static_cast<int64_t>(c10::elementSize(type)) ||
      std::memcmp(file->data() + sizeof(Header), tokens.const_data_ptr(), ids_bytes) != 0) {
    return {};
  }
  at::Tensor features = at::empty({header.tokens, header.width}, type);
  std::memcpy(features.data_ptr(), file->data() + sizeof(Header) + ids_bytes, features.nbytes());
  --misses_;
  ++hits_;
  return features;
}

void TextCache::Put(const at::Tensor& ids, const at::Tensor& features) {
  const at::Tensor tokens = ids.contiguous(), numbers = features.detach().contiguous();
  const auto bytes = static_cast<int64_t>(sizeof(Header) + tokens.nbytes() + numbers.nbytes());
  if (bytes > room_) return;
  const Header header = {.type = static_cast<uint32_t>(numbers.scalar_type()),
                         .encoder = encoder_,
                         .tokens = numbers.size(0),
                         .width = numbers.size(1)};
  std::string file =
      absl::StrCat(absl::string_view(reinterpret_cast<const char*>(&header), sizeof(header)), Bytes(tokens), Bytes(numbers));
  const uint32_t crc32 = Checksum(file);
  std::memcpy(file.data() + offsetof(Header, crc32), &crc32, sizeof(crc32));
  const absl::Status written = WriteFileAtomically(PathOf(tokens, numbers.scalar_type()), file);
  if (written.ok()) {
    room_ -= bytes;
  } else {
    room_ = 0;
    LogWarning(absl::StrCat("the text cache takes no more: ", written.message()));
  }
}

}  // namespace asap
