#include "core/io/torch_file.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>

#include <cstring>
#include <fstream>
#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

std::string FixturePath(const std::string& name) {
  const auto path = Runfile("asap/core/io/testdata/" + name);
  EXPECT_TRUE(path.ok()) << path.status();
  return *path;
}

std::map<std::string, at::Tensor> ByName(const TorchFile& file) {
  std::map<std::string, at::Tensor> tensors;
  for (const NamedTensor& named : file.tensors) tensors.emplace(named.name, named.tensor);
  return tensors;
}

absl::Status StatusOfBytes(const std::string& bytes) {
  const std::string path = testing::TempDir() + "/case.pth";
  std::ofstream(path, std::ios::binary) << bytes;
  return ReadTorchFile(path).status();
}

class BothForms : public ::testing::TestWithParam<const char*> {
 protected:
  std::string Path(const std::string& name) const { return FixturePath(absl::StrCat(name, GetParam(), ".pth")); }
};

// Written by PyTorch: see testdata/make_fixtures.py.
TEST_P(BothForms, EveryTypeAndView) {
  const auto file = ReadTorchFile(Path("types"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->zip, std::string(GetParam()).empty());
  EXPECT_EQ(file->state_prefix, "");
  const auto tensors = ByName(*file);
  const std::pair<const char*, at::ScalarType> types[] = {
      {"float64", at::kDouble},    {"float32", at::kFloat}, {"float16", at::kHalf},
      {"bfloat16", at::kBFloat16}, {"int64", at::kLong},    {"int32", at::kInt},
      {"int16", at::kShort},       {"int8", at::kChar},     {"uint8", at::kByte}};
  for (const auto& [name, type] : types) {
    ASSERT_EQ(tensors.count(name), 1u) << name;
    EXPECT_EQ(tensors.at(name).scalar_type(), type);
    EXPECT_TRUE(at::equal(tensors.at(name), at::arange(6).reshape({2, 3}).to(type))) << name;
  }
  const at::Tensor base = at::arange(12, at::kFloat);
  EXPECT_TRUE(at::equal(tensors.at("bool"), at::tensor({1, 0, 1}).to(at::kBool)));
  EXPECT_TRUE(at::equal(tensors.at("transposed"), base.reshape({3, 4}).t()));
  EXPECT_TRUE(at::equal(tensors.at("offset"), base.slice(0, 5, 9)));
  EXPECT_TRUE(at::equal(tensors.at("strided"), base.slice(0, 1, 12, 3)));
  EXPECT_TRUE(at::equal(tensors.at("expanded"), at::full({4, 1}, 2.0)));
  EXPECT_EQ(tensors.at("empty").sizes(), (at::IntArrayRef{0, 4}));
  EXPECT_EQ(tensors.at("scalar").item<double>(), 2.5);
  EXPECT_TRUE(at::equal(tensors.at("parameter"), at::ones({2})));
  EXPECT_EQ(tensors.at("nested.list.1.deep").item<double>(), 0);
  EXPECT_EQ(tensors.at("nested.tuple.0").item<double>(), 1);
  if (file->zip) {  // aligned there, so that nothing is copied and what was shared stays so
    EXPECT_EQ(tensors.at("tied").data_ptr<float>() + 5, tensors.at("offset").data_ptr<float>());
  }
  EXPECT_THAT(file->scalars, Contains(Pair("nested.tuple.1", "3")));
  EXPECT_THAT(file->scalars, Contains(Pair("numpy", "0.25")));
  EXPECT_THAT(file->scalars, Contains(Pair("numpy32", "0.100000001")));
  EXPECT_THAT(file->scalars, Contains(Pair("numpy_integer", "-5")));
}

TEST_P(BothForms, TheReferencesCheckpoint) {
  const auto file = ReadTorchFile(Path("reference"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->state_prefix, "model.");
  EXPECT_EQ(file->tensors[0].name, "model.cls_token") << "in the file's order";
  const auto tensors = ByName(*file);
  EXPECT_EQ(tensors.at("model.blocks.1.attn.qkv.weight").sizes(), (at::IntArrayRef{36, 12}));
  EXPECT_EQ(tensors.at("optimizer.state.0.exp_avg").sizes(), (at::IntArrayRef{12}));
  EXPECT_THAT(file->scalars, Contains(Pair("epoch", "199")));
  EXPECT_THAT(file->scalars, Contains(Pair("args.lr", "0.00015")));
  EXPECT_THAT(file->scalars, Contains(Pair("args.norm_pix_loss", "True")));
  EXPECT_THAT(file->scalars, Contains(Pair("scaler.scale", "65536")));
  EXPECT_THAT(file->scalars, Contains(Pair("optimizer.param_groups.0.weight_decay", "0.05")));
}

TEST_P(BothForms, ACallIsRefusedByName) {
  const absl::Status system = ReadTorchFile(Path("calls_system")).status();
  EXPECT_EQ(system.code(), absl::StatusCode::kPermissionDenied) << system;
  EXPECT_THAT(std::string(system.message()), HasSubstr("it calls posix.system (os.system)"));
  EXPECT_THAT(std::string(system.message()), HasSubstr("calls_system"));
  EXPECT_THAT(std::string(ReadTorchFile(Path("calls_eval")).status().message()), HasSubstr("eval"));
}

TEST_P(BothForms, EveryTruncationIsAnError) {
  const std::string bytes = *ReadFile(Path("types"));
  for (size_t size = 0; size < bytes.size(); size += 1 + size / 37) {
    EXPECT_FALSE(StatusOfBytes(bytes.substr(0, size)).ok()) << size;
  }
  const absl::Status half = StatusOfBytes(bytes.substr(0, bytes.size() / 2));
  EXPECT_THAT(std::string(half.message()), HasSubstr("cut short"));
  EXPECT_THAT(std::string(half.message()), HasSubstr("case.pth"));
}

// Changed bytes of values pass; no change may crash, or read outside the file (run this with --config=asan).
TEST_P(BothForms, MutationsNeverCrash) {
  std::mt19937 random(2);
  int refused = 0;
  for (const char* name : {"types", "reference"}) {
    const std::string original = *ReadFile(Path(name));
    for (int round = 0; round < 1500; ++round) {
      std::string bytes = original;
      for (int change = 1 + random() % 3; change > 0; --change) {
        // Where structure is: in the pickle at the front, or the zip's directory at the end.
        const size_t reach = std::min<size_t>(bytes.size(), 3000);
        const size_t at = random() % 2 == 0 ? random() % reach : bytes.size() - 1 - random() % reach;
        const char huge[] = {'\0', '\1', '\x7f', '\x80', '\xff'};
        bytes[at] = random() % 2 == 0 ? huge[random() % 5] : static_cast<char>(random());
        if (random() % 8 == 0 && at > 0) bytes.resize(at);
        if (bytes.empty()) break;
      }
      refused += !StatusOfBytes(bytes).ok();
    }
  }
  EXPECT_GT(refused, 500);
}

INSTANTIATE_TEST_SUITE_P(TorchFile, BothForms, ::testing::Values("", "_legacy"),
                         [](const auto& info) { return std::string(info.param).empty() ? "Zip" : "Legacy"; });

// The legacy file of {"w": tensor}, whose parts a test can spoil.
struct LegacyParts {
  std::string storage = "torch\nFloatStorage";
  std::string elements = "K\4";  // of the storage, in its id
  std::string offset = "K\0";
  std::string size = "K\2K\2\x86";
  std::string stride = "K\2K\1\x86";
  int64_t written = 4;

  std::string Bytes() const {
    std::string bytes("\x80\2\x8a\n\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
    bytes += std::string("\x80\2M\xe9\3.", 6) + "\x80\2}.";
    const std::string zero("K\0", 2);
    bytes += absl::StrCat("\x80\2}U\1wctorch._utils\n_rebuild_tensor_v2\n((U\7storagec", storage, "\nU\3keyU\3cpu", elements,
                          "NtQ", offset == "K" ? zero : offset, size, stride, "\x89}tRs.");
    bytes += "\x80\2]U\3keya.";
    bytes.append(reinterpret_cast<const char*>(&written), 8);
    return bytes + std::string(16, '\1');
  }
};

TEST(TorchFile, RefusesTensorsThatDoNotFitTheirStorage) {
  const auto message = [](const LegacyParts& parts) { return std::string(StatusOfBytes(parts.Bytes()).message()); };
  EXPECT_EQ(message({}), "");
  EXPECT_THAT(message({.elements = "K\3"}), HasSubstr("w: a tensor reaches element 3 of a storage of 3"));
  EXPECT_THAT(message({.elements = "K\5"}), HasSubstr("has 16 bytes, expected 5 elements"));
  EXPECT_THAT(message({.offset = "K\1"}), HasSubstr("reaches element 4"));
  EXPECT_THAT(message({.stride = "K\2\x85"}), HasSubstr("differ in length"));
  EXPECT_THAT(message({.size = "J\xff\xff\xff\xffK\2\x86"}), HasSubstr("wrong number"));
  EXPECT_THAT(message({.size = "J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86"}), AnyOf(HasSubstr("overflow"), HasSubstr("more than")));
  const std::string huge("\x8a\x8\xff\xff\xff\xff\xff\xff\xff\x7f", 10);
  EXPECT_THAT(message({.size = absl::StrCat(huge, huge, "\x86")}), HasSubstr("overflows"));
  EXPECT_THAT(message({.stride = absl::StrCat(huge, huge, "\x86")}), HasSubstr("overflows"));
  EXPECT_THAT(message({.offset = huge}), HasSubstr("overflows"));
  EXPECT_THAT(message({.size = "J\xff\xff\xff\x7fK\1\x86", .stride = std::string("K\0K\0\x86", 5)}),
              HasSubstr("more than the file has bytes"));
  EXPECT_THAT(message({.storage = "torch\nComplexFloatStorage"}), HasSubstr("torch.ComplexFloatStorage, which is not read"));
  EXPECT_THAT(message({.storage = "os\nFloatStorage"}), HasSubstr("os.FloatStorage, which is not read"));
  EXPECT_THAT(message({.storage = "torch\nDoubleStorage"}), HasSubstr("cut short"));
  EXPECT_THAT(message({.written = 5}), HasSubstr("claims 5 elements of 4 bytes where 16 bytes are left"));
  EXPECT_THAT(message({.written = -1}), HasSubstr("claims -1"));
  EXPECT_THAT(message({.written = int64_t{1} << 62}), HasSubstr("cut short"));
}

TEST(TorchFile, RefusesOtherFiles) {
  EXPECT_THAT(std::string(ReadTorchFile(FixturePath("compressed.pth")).status().message()),
              HasSubstr("its entry reference/data.pkl is compressed"));
  const auto message = [](const std::string& bytes) { return std::string(StatusOfBytes(bytes).message()); };
  EXPECT_THAT(message(""), HasSubstr("empty"));
  EXPECT_THAT(message("hello"), HasSubstr("neither a zip file nor a pickle"));
  EXPECT_THAT(message("PK\3\4" + std::string(100, 'x')), HasSubstr("directory"));
  EXPECT_THAT(message("\x80\2N."), HasSubstr("not one of torch.save's"));
  std::string tar(512, '\0');
  tar.replace(257, 5, "ustar");
  EXPECT_THAT(message(tar), HasSubstr("a tar file"));
  EXPECT_EQ(ReadTorchFile(testing::TempDir()).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadTorchFile(testing::TempDir() + "/absent").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace asap
