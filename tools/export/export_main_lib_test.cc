#include "tools/export/export_main_lib.h"

#include <ATen/ATen.h>
#include <gflags/gflags.h>
#include <sys/resource.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/encoder.h"
#include "core/io/safetensors.h"
#include "core/io/weights.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "modules/vit3d/vit_encoder.h"

namespace asap {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Export : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "/export";
    fs::remove_all(folder_);
    fs::create_directories(folder_ + "/run/checkpoints");
    encoder_ = *LoadEncoder("asap", {.seed = 5,
                                     .parameters = {{"volume", "16x8x8"},
                                                    {"patch", "4x4x2"},
                                                    {"width", "24"},
                                                    {"depth", "2"},
                                                    {"heads", "2"},
                                                    {"spacing_mm", "3x3x6"}}});
    auto& vit = static_cast<VitEncoder&>(*encoder_);
    ASSERT_TRUE(WriteVitEncoder(Path("run/encoder.safetensors"), vit.model(), vit.spec()).ok());
    volumes_ = at::rand({3, 1, 16, 8, 8});
    expected_ = *encoder_->Encode(volumes_, {});
  }

  absl::Status Run(const std::vector<std::string>& more) {
    gflags::FlagSaver saver;
    std::vector<std::string> arguments = {"--input=" + Path("run/encoder.safetensors"), "--output=" + Path("out")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    absl::Status status = ParseFlags(arguments);
    if (!status.ok()) return status;
    testing::internal::CaptureStdout();
    status = ExportMain();
    output_ = testing::internal::GetCapturedStdout();
    return status;
  }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }

  std::string folder_, output_;
  std::unique_ptr<Encoder> encoder_;
  at::Tensor volumes_;
  EncoderOutput expected_;
};

TEST(ExportFlags, AreTheFrozenOnes) {
  EXPECT_EQ(FlagTable("export"),
            "encoder_options string \"\"\nformat string \"safetensors\"\ninput string \"\"\noutput string \"\"\n");
}

TEST_F(Export, FilesOfOthersAreNotReplaced) {
  ASSERT_TRUE(Run({}).ok());
  ASSERT_TRUE(Run({}).ok());  // its own are
  EXPECT_THAT(std::string(Run({"--output=" + Path("run")}).message()),
              HasSubstr("encoder.safetensors, which export did not write"));
  EXPECT_TRUE(Run({"--output=" + Path("run"), "--format=pth"}).ok());
}

TEST_F(Export, EveryFormIsReadBackToTheBit) {
  ASSERT_TRUE(Run({"--format=safetensors,torchscript,pth"}).ok());
  EXPECT_EQ(*ReadFile(Path("out/encoder.safetensors")), *ReadFile(Path("run/encoder.safetensors")));
  for (const char* name : {"encoder.safetensors", "encoder.pth", "encoder_torchscript.pt"}) {
    const auto loaded = LoadEncoder("asap", {.weights = Path("out/") + name});
    ASSERT_TRUE(loaded.ok()) << name << ": " << loaded.status();
    EXPECT_EQ((*loaded)->spec().spacing_mm, encoder_->spec().spacing_mm) << name;
    EXPECT_TRUE(at::equal((*loaded)->Encode(volumes_, {})->patch_tokens, expected_.patch_tokens)) << name;
  }
}

// In C++, as torch.jit.load of Python: a batch of another size than was recorded, and weights under their published names.
TEST_F(Export, TorchScriptRunsWithoutThisProject) {
  ASSERT_TRUE(Run({"--format=torchscript"}).ok());
  torch::jit::Module module = torch::jit::load(Path("out/encoder_torchscript.pt"), at::kCPU);
  const at::NoGradGuard no_grad;
  const at::Tensor tokens = module.forward({volumes_}).toTensor();
  EXPECT_TRUE(at::allclose(tokens.select(1, 0), expected_.class_token, 1e-5, 1e-6));
  EXPECT_TRUE(at::allclose(tokens.slice(1, 1), expected_.patch_tokens, 1e-5, 1e-6));
  EXPECT_FALSE(at::allclose(tokens[0], tokens[1], 1e-3, 1e-3));
  std::vector<std::string> names;
  for (const auto& parameter : module.named_parameters()) names.push_back(parameter.name);
  EXPECT_THAT(names, ::testing::Contains("blocks.1.attn.qkv.weight"));
  EXPECT_THAT(names, ::testing::Not(::testing::Contains("pos_embed"))) << "a table, no parameter";
  EXPECT_EQ(module.attr("metadata").toGenericDict().at("volume").toStringRef(), "16x8x8");
}

TEST_F(Export, TheCardSaysWhatTheEncoderTakes) {
  ASSERT_TRUE(Run({}).ok());
  EXPECT_THAT(output_, HasSubstr("README.md"));
  std::string card = *ReadFile(Path("out/README.md"));
  EXPECT_THAT(card, HasSubstr("| volume | 16x8x8 voxels"));
  EXPECT_THAT(card, HasSubstr("| spacing | 3x3x6 mm |"));
  EXPECT_THAT(card, HasSubstr("[-1000, 1000] HU"));
  EXPECT_THAT(card, HasSubstr("| training data | (fill in) |"));
  EXPECT_THAT(card, HasSubstr("heads, patch = 2, (4, 4, 2)"));
  EXPECT_THAT(card, ::testing::Not(HasSubstr("{volume}"))) << "a place that was not filled in";
  EXPECT_THAT(card, ::testing::Not(HasSubstr("encoder.pth"))) << "a file that was not written";
  ASSERT_TRUE(WriteFileAtomically(Path("run/run.flags"), "--data=phantom\n--losses=image\n--seed=7\n").ok());
  ASSERT_TRUE(Run({}).ok());
  EXPECT_THAT(*ReadFile(Path("out/README.md")), HasSubstr("the synthetic phantom"));
  EXPECT_THAT(*ReadFile(Path("out/README.md")), HasSubstr("| training | losses image; seed 7 |"));
}

TEST_F(Export, SaysWhatItCannotDo) {
  const absl::Status onnx = Run({"--format=onnx"});
  EXPECT_EQ(onnx.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(onnx.message()), HasSubstr("--format=torchscript"));
  EXPECT_THAT(std::string(Run({"--format=torchscrip"}).message()), HasSubstr("did you mean \"torchscript\""));
  EXPECT_THAT(std::string(Run({"--format="}).message()), HasSubstr("--format is empty"));
  EXPECT_THAT(std::string(Run({"--output="}).message()), HasSubstr("--output=FOLDER is needed"));
  EXPECT_THAT(std::string(Run({"--input=/no/such"}).message()), HasSubstr("cannot open /no/such"));
  EXPECT_FALSE(fs::exists(Path("out")));
}

TEST_F(Export, AFullDiskLeavesNothingHalfWritten) {
  rlimit old_limit;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {5000, old_limit.rlim_max};
  for (const char* format : {"safetensors", "torchscript", "pth"}) {
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    const absl::Status status = Run({std::string("--format=") + format});
    setrlimit(RLIMIT_FSIZE, &old_limit);
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << format << ": " << status;
    for (const fs::directory_entry& entry : fs::directory_iterator(Path("out"))) {
      EXPECT_EQ(entry.path().filename(), ".asap") << format;  // the folder's lock
    }
  }
  std::signal(SIGXFSZ, old_handler);
}

}  // namespace
}  // namespace asap
