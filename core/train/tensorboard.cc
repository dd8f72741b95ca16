#include "core/train/tensorboard.h"

#include <unistd.h>

#include <atomic>
#include <bit>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/train/crc32c.h"

namespace asap {
namespace {

static_assert(std::endian::native == std::endian::little, "fixed-width fields are copied as they lie in memory");

template <typename T>
std::string Fixed(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

// Fields of the protocol-buffer wire format: a key (number, wire type), then a varint, 4 or 8 bytes, or a length and bytes.
std::string Varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>(value | 0x80));
  bytes.push_back(static_cast<char>(value));
  return bytes;
}
std::string VarintField(int number, uint64_t value) { return absl::StrCat(Varint(number << 3 | 0), Varint(value)); }
std::string DoubleField(int number, double value) { return absl::StrCat(Varint(number << 3 | 1), Fixed(value)); }
std::string FloatField(int number, float value) { return absl::StrCat(Varint(number << 3 | 5), Fixed(value)); }
std::string BytesField(int number, absl::string_view value) {
  return absl::StrCat(Varint(number << 3 | 2), Varint(value.size()), value);
}

double WallTime() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

// message Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; SessionLog session_log = 7;
// }
std::string Event(int64_t step, absl::string_view what) {
  return absl::StrCat(DoubleField(1, WallTime()), VarintField(2, static_cast<uint64_t>(step)), what);
}

}  // namespace

absl::StatusOr<std::unique_ptr<EventWriter>> EventWriter::Open(const std::string& folder, int64_t start_step) {
  ASAP_RETURN_IF_ERROR(MakeWritableFolder(folder));
  static std::atomic<int> counter{0};
  // TensorBoard reads files of one folder in the order of their names.
  const std::string path =
      absl::StrCat(folder, "/events.out.tfevents.", absl::Dec(static_cast<int64_t>(WallTime()), absl::kZeroPad10), ".", getpid(),
                   ".", counter++);
  ASAP_ASSIGN_OR_RETURN(AppendFile file, AppendFile::Open(path));
  std::unique_ptr<EventWriter> writer(new EventWriter(std::move(file)));
  ASAP_RETURN_IF_ERROR(writer->WriteRecord(Event(0, BytesField(3, "brain.Event:2"))));
  // message SessionLog { SessionStatus status = 1; }, START = 1
  ASAP_RETURN_IF_ERROR(writer->WriteRecord(Event(start_step, BytesField(7, VarintField(1, 1)))));
  return writer;
}

absl::Status EventWriter::AddScalars(int64_t step, const std::vector<std::pair<std::string, double>>& scalars) {
  // message Summary { repeated Value value = 1; }  message Value { string tag = 1; float simple_value = 2; }
  std::string summary;
  for (const auto& [tag, value] : scalars) {
    absl::StrAppend(&summary, BytesField(1, absl::StrCat(BytesField(1, tag), FloatField(2, static_cast<float>(value)))));
  }
  return WriteRecord(Event(step, BytesField(5, summary)));
}

absl::Status EventWriter::WriteRecord(absl::string_view event) {
  const std::string length = Fixed(static_cast<uint64_t>(event.size()));
  return file_.Write(absl::StrCat(length, Fixed(MaskedCrc32c(length)), event, Fixed(MaskedCrc32c(event))));
}

}  // namespace asap
