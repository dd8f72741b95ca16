#include "core/base/sha256.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "core/base/sha256_file.h"

namespace asap {
namespace {

TEST(Sha256, KnownDigests) {
  // The vectors of FIPS 180-4 and of NIST's examples.
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Sha256Hex(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesMakeTheWhole) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) bytes += static_cast<char>(i * 7);
  const std::string whole = Sha256Hex(bytes);
  for (size_t piece : {1u, 3u, 55u, 63u, 64u, 65u, 128u}) {
    Sha256 sha;
    for (size_t at = 0; at < bytes.size(); at += piece) sha.Update(absl::string_view(bytes).substr(at, piece));
    EXPECT_EQ(sha.Hex(), whole) << piece;
  }
}

TEST(Sha256, AFileLargerThanAChunkIsThatOfItsBytes) {
  const std::string path = testing::TempDir() + "/large";
  std::string bytes;
  for (int i = 0; i < 1'300'000; ++i) bytes += static_cast<char>(i * 7 + i / 1000);
  std::ofstream(path, std::ios::binary) << bytes;
  Sha256 sha;
  sha.Update("before");
  ASSERT_TRUE(UpdateFromFile(path, sha).ok());
  EXPECT_EQ(sha.Hex(), Sha256Hex("before" + bytes));
  const absl::Status absent = UpdateFromFile(path + ".absent", sha), folder = UpdateFromFile(testing::TempDir(), sha);
  EXPECT_EQ(absent.code(), absl::StatusCode::kNotFound);
  EXPECT_NE(absent.message().find("large.absent"), absl::string_view::npos);
  EXPECT_EQ(folder.code(), absl::StatusCode::kDataLoss) << folder;
}

}  // namespace
}  // namespace asap
