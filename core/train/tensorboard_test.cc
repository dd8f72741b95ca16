#include "core/train/tensorboard.h"

#include <cstring>
#include <filesystem>
#include <map>
#include <optional>

#include "core/base/file.h"
#include "core/train/crc32c.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

// RFC 3720, appendix B.4.
TEST(Crc32cTest, KnownAnswers) {
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(Crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  EXPECT_EQ(Crc32c(""), 0u);
}

template <typename T>
T Take(absl::string_view& bytes) {
  T value{};
  EXPECT_GE(bytes.size(), sizeof(T));
  if (bytes.size() < sizeof(T)) return value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  bytes.remove_prefix(sizeof(T));
  return value;
}

absl::string_view TakeBytes(absl::string_view& bytes, uint64_t count) {
  EXPECT_GE(bytes.size(), count);
  const absl::string_view taken = bytes.substr(0, count);
  bytes.remove_prefix(std::min<uint64_t>(count, bytes.size()));
  return taken;
}

uint64_t TakeVarint(absl::string_view& bytes) {
  uint64_t value = 0;
  for (int shift = 0; !bytes.empty(); shift += 7) {
    const uint8_t byte = Take<uint8_t>(bytes);
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) break;
  }
  return value;
}

// A general reader of the wire format, independent of the writer: field number -> raw values.
std::multimap<int, std::string> Fields(absl::string_view message) {
  std::multimap<int, std::string> fields;
  while (!message.empty()) {
    const uint64_t key = TakeVarint(message);
    std::string value;
    switch (key & 7) {
      case 0:
        value = std::to_string(TakeVarint(message));
        break;
      case 1:
        value = std::string(TakeBytes(message, 8));
        break;
      case 2:
        value = std::string(TakeBytes(message, TakeVarint(message)));
        break;
      case 5:
        value = std::string(TakeBytes(message, 4));
        break;
      default:
        ADD_FAILURE() << "wire type " << (key & 7);
        return fields;
    }
    fields.emplace(static_cast<int>(key >> 3), value);
  }
  return fields;
}

std::vector<std::string> Records(absl::string_view file) {
  std::vector<std::string> records;
  while (!file.empty()) {
    const absl::string_view length_bytes = file.substr(0, 8);
    const uint64_t length = Take<uint64_t>(file);
    const auto unmask = [](uint32_t masked) {
      const uint32_t rotated = masked - 0xA282EAD8u;
      return rotated >> 17 | rotated << 15;
    };
    EXPECT_EQ(unmask(Take<uint32_t>(file)), Crc32c(length_bytes));
    const absl::string_view data = TakeBytes(file, length);
    EXPECT_EQ(unmask(Take<uint32_t>(file)), Crc32c(data));
    records.emplace_back(data);
  }
  return records;
}

TEST(EventWriterTest, BytesParseBack) {
  const std::string folder = std::string(testing::TempDir()) + "/events";
  std::filesystem::remove_all(folder);
  {
    auto writer = EventWriter::Open(folder, 40);
    ASSERT_TRUE(writer.ok()) << writer.status();
    ASSERT_TRUE((*writer)->AddScalars(300, {{"loss/image", 0.75}, {"learning_rate", 1.5e-4}}).ok());
    ASSERT_TRUE((*writer)->Sync().ok());
  }
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path().string());
  ASSERT_EQ(paths.size(), 1);
  EXPECT_NE(paths[0].find("tfevents"), std::string::npos) << "TensorBoard looks for this in the name";
  const std::vector<std::string> records = Records(*ReadFile(paths[0]));
  ASSERT_EQ(records.size(), 3);

  EXPECT_EQ(Fields(records[0]).find(3)->second, "brain.Event:2");
  const auto session = Fields(records[1]);
  EXPECT_EQ(session.find(2)->second, "40");
  EXPECT_EQ(Fields(session.find(7)->second).find(1)->second, "1");

  const auto event = Fields(records[2]);
  EXPECT_EQ(event.find(2)->second, "300");
  absl::string_view wall_time = event.find(1)->second;
  EXPECT_GT(Take<double>(wall_time), 1.7e9);
  const auto summary = Fields(event.find(5)->second);
  std::map<std::string, float> scalars;
  for (auto [value, end] = summary.equal_range(1); value != end; ++value) {
    const auto fields = Fields(value->second);
    absl::string_view number = fields.find(2)->second;
    scalars[fields.find(1)->second] = Take<float>(number);
  }
  EXPECT_EQ(scalars, (std::map<std::string, float>{{"loss/image", 0.75f}, {"learning_rate", 1.5e-4f}}));
}

TEST(EventWriterTest, EachRunHasAFileOfItsOwn) {
  const std::string folder = std::string(testing::TempDir()) + "/two_runs";
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(EventWriter::Open(folder, 0).ok());
  ASSERT_TRUE(EventWriter::Open(folder, 0).ok());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 2);
}

}  // namespace
}  // namespace asap
