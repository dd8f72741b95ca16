#include "core/bytes/bus_error.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/bytes/mapped_file.h"

namespace asap {
namespace {

// AddressSanitizer has a handler of its own.
#ifndef __SANITIZE_ADDRESS__
TEST(BusErrorTest, NamesTheFileThatWasCutShort) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const std::string path = testing::TempDir() + "/volume.nii";
  ASSERT_TRUE(WriteFileAtomically(path, std::string(100'000, 'x')).ok());
  EXPECT_EXIT(
      {
        const auto file = MappedFile::Open(path);
        std::filesystem::resize_file(path, 10);
        const volatile char* bytes = file->bytes().data();
        _exit(bytes[50'000]);
      },
      testing::KilledBySignal(SIGBUS), "volume.nii cannot be read any more: .* Mount the disk");
}
#endif

TEST(BusErrorTest, ManyMappingsAreNotAllWatched) {
  const char byte = 0;
  std::vector<int> numbers;
  for (int i = 0; i < 300; ++i) numbers.push_back(WatchMapping("file", &byte, 1));
  EXPECT_EQ(numbers.back(), -1);
  for (const int number : numbers) EndWatch(number);
  const int again = WatchMapping("file", &byte, 1);
  EXPECT_GE(again, 0);
  EndWatch(again);
}

}  // namespace
}  // namespace asap
