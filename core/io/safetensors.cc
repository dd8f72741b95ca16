#include "core/io/safetensors.h"

#include <ATen/ops/empty.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/io/safetensors_header.h"

namespace asap {
namespace {

constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the format's own limit

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the format is little-endian, and so is every machine this runs on");

struct Dtype {
  const char* name;
  at::ScalarType type;
};
constexpr Dtype kDtypes[] = {{"F64", at::kDouble}, {"F32", at::kFloat}, {"F16", at::kHalf},  {"BF16", at::kBFloat16},
                             {"I64", at::kLong},   {"I32", at::kInt},   {"I16", at::kShort}, {"I8", at::kChar},
                             {"U8", at::kByte},    {"BOOL", at::kBool}};

absl::Status ReadExactly(int descriptor, void* out, uint64_t size, uint64_t offset) {
  for (uint64_t done = 0; done < size;) {
    const ssize_t count = pread(descriptor, static_cast<char*>(out) + done, size - done, offset + done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return absl::InternalError(absl::StrCat("cannot read: ", strerror(errno)));
    if (count == 0) return absl::DataLossError("the file became shorter while it was read");
    done += count;
  }
  return absl::OkStatus();
}

struct OpenFile {
  internal::SafetensorsHeader header;
  uint64_t data_begin = 0;
};

absl::StatusOr<OpenFile> ReadHeader(int descriptor) {
  struct stat status;
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return absl::InvalidArgumentError("not a regular file");
  const uint64_t file_size = status.st_size;
  uint64_t header_size = 0;
  if (file_size < sizeof(header_size)) {
    return absl::InvalidArgumentError(absl::StrCat("the file has ", file_size, " bytes, too few for a safetensors file"));
  }
  ASAP_RETURN_IF_ERROR(ReadExactly(descriptor, &header_size, sizeof(header_size), 0));
  if (header_size > kMaxHeaderBytes) {
    return absl::InvalidArgumentError(absl::StrCat("the header claims ", header_size, " bytes, the format allows ",
                                                   kMaxHeaderBytes, "; is this a safetensors file?"));
  }
  if (header_size > file_size - sizeof(header_size)) {
    return absl::InvalidArgumentError(absl::StrCat("the header claims ", header_size, " bytes, the file has ",
                                                   file_size - sizeof(header_size),
                                                   " after its first 8; is the file cut short?"));
  }
  std::string json(header_size, '\0');
  ASAP_RETURN_IF_ERROR(ReadExactly(descriptor, json.data(), header_size, sizeof(header_size)));
  OpenFile file;
  file.data_begin = sizeof(header_size) + header_size;
  ASAP_ASSIGN_OR_RETURN(file.header, internal::ParseSafetensorsHeader(json, file_size - file.data_begin));
  return file;
}

absl::StatusOr<Safetensors> Read(int descriptor, bool with_tensors) {
  ASAP_ASSIGN_OR_RETURN(OpenFile file, ReadHeader(descriptor));
  Safetensors result;
  result.metadata = std::move(file.header.metadata);
  if (!with_tensors) return result;
  for (const auto& [name, entry] : file.header.entries) {
    const auto* dtype =
        std::find_if(std::begin(kDtypes), std::end(kDtypes), [&](const Dtype& d) { return d.name == entry.dtype; });
    at::Tensor tensor = at::empty(entry.shape, at::TensorOptions().dtype(dtype->type));
    ASAP_RETURN_IF_ERROR(ReadExactly(descriptor, tensor.data_ptr(), entry.end - entry.begin, file.data_begin + entry.begin));
    if (dtype->type == at::kBool) {
      const auto* bytes = static_cast<const uint8_t*>(tensor.data_ptr());
      if (std::any_of(bytes, bytes + tensor.numel(), [](uint8_t byte) { return byte > 1; })) {
        return absl::InvalidArgumentError(absl::StrCat("\"", name, "\" of type BOOL has a byte that is neither 0 nor 1"));
      }
    }
    result.tensors.emplace(name, std::move(tensor));
  }
  return result;
}

absl::StatusOr<Safetensors> ReadPath(const std::string& path, bool with_tensors) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    const bool missing = errno == ENOENT;
    const std::string message = absl::StrCat("cannot open ", path, ": ", strerror(errno));
    return missing ? absl::NotFoundError(message) : absl::PermissionDeniedError(message);
  }
  auto close_it = absl::MakeCleanup([descriptor] { close(descriptor); });
  absl::StatusOr<Safetensors> result = Read(descriptor, with_tensors);
  if (!result.ok()) return Annotate(result.status(), path);
  return result;
}

}  // namespace

absl::StatusOr<Safetensors> ReadSafetensors(const std::string& path) { return ReadPath(path, /*with_tensors=*/true); }

absl::StatusOr<std::map<std::string, std::string>> ReadSafetensorsMetadata(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(Safetensors file, ReadPath(path, /*with_tensors=*/false));
  return std::move(file.metadata);
}

absl::Status WriteSafetensors(const std::string& path, const NamedTensors& tensors,
                              const std::map<std::string, std::string>& metadata) {
  struct Entry {
    const NamedTensor* named;
    const char* dtype;
    uint64_t bytes;
  };
  std::vector<Entry> entries;
  for (const NamedTensor& named : tensors) {
    if (!named.tensor.defined()) return absl::InvalidArgumentError(absl::StrCat(path, ": \"", named.name, "\" is undefined"));
    const auto* dtype = std::find_if(std::begin(kDtypes), std::end(kDtypes),
                                     [&](const Dtype& d) { return d.type == named.tensor.scalar_type(); });
    if (dtype == std::end(kDtypes)) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": \"", named.name, "\" has the type ",
                                                     at::toString(named.tensor.scalar_type()), ", which the format lacks"));
    }
    if (named.name == "__metadata__") return absl::InvalidArgumentError(absl::StrCat(path, ": __metadata__ names no tensor"));
    entries.push_back({&named, dtype->name, static_cast<uint64_t>(named.tensor.numel()) * named.tensor.element_size()});
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    const int64_t size_a = a.named->tensor.element_size(), size_b = b.named->tensor.element_size();
    return size_a != size_b ? size_a > size_b : a.named->name < b.named->name;
  });

  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  uint64_t offset = 0;
  for (const Entry& entry : entries) {
    if (header.contains(entry.named->name)) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": two tensors are named \"", entry.named->name, "\""));
    }
    header[entry.named->name] = {
        {"dtype", entry.dtype}, {"shape", entry.named->tensor.sizes().vec()}, {"data_offsets", {offset, offset + entry.bytes}}};
    offset += entry.bytes;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::exception&) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": a tensor's name or the metadata is not UTF-8"));
  }
  text.append((8 - text.size() % 8) % 8, ' ');  // so that the data are aligned in a mapped file

  return WriteAtomically(path, [&](const std::string& temporary) -> absl::Status {
    std::ofstream out(temporary, std::ios::binary);
    const uint64_t header_size = text.size();
    out.write(reinterpret_cast<const char*>(&header_size), sizeof(header_size));
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    for (const Entry& entry : entries) {
      const at::Tensor tensor = entry.named->tensor.detach().to(at::kCPU).contiguous();
      out.write(static_cast<const char*>(tensor.data_ptr()), static_cast<std::streamsize>(entry.bytes));
    }
    out.close();
    if (!out) return absl::ResourceExhaustedError(absl::StrCat("cannot write ", path, ": is the disk full?"));
    return absl::OkStatus();
  });
}

}  // namespace asap
