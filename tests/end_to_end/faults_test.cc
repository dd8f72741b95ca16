// Bad input to tools:pretrain and tools:preprocess: each is one clear message and a non-zero exit, and leaves nothing half
// written.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "core/base/file.h"
#include "core/base/folder_lock.h"
#include "core/imaging/formats/write_nifti.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/end_to_end/program.h"
#include "tests/end_to_end/small_model.h"

namespace asap {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Faults : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = absl::StrCat(testing::TempDir(), "/", testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
    // Two good cases with a mask.
    for (const char* name : {"a", "b"}) {
      Write<int16_t>(absl::StrCat(name, ".nii.gz"), {40, 40, 20}, -1000);
      Write<uint8_t>(absl::StrCat(name, "_mask.nii.gz"), {40, 40, 20}, 1);
    }
    Table(
        "volume,findings,impression,patient,mask\n"
        "a.nii.gz,No nodule.,Normal.,p1,a_mask.nii.gz\n"
        "b.nii.gz,Heart size is normal.,Normal.,p2,b_mask.nii.gz\n");
  }

  template <typename T>
  void Write(const std::string& name, Index3 size, T value) {
    Volume<T> volume;
    volume.geometry.size = size;
    volume.geometry.spacing = {1.5, 1.5, 3.0};
    volume.voxels.assign(volume.geometry.voxels(), value);
    // Half of it is tissue, or class 2.
    for (size_t i = 0; i < volume.voxels.size() / 2; ++i) volume.voxels[i] = static_cast<T>(value < 0 ? i % 100 : 2);
    const absl::Status status = WriteNifti(Path(name), volume);
    ASSERT_TRUE(status.ok()) << status;
  }

  std::string Path(const std::string& name) const { return absl::StrCat(folder_, "/", name); }
  void Table(const std::string& text) { ASSERT_TRUE(WriteFileAtomically(Path("table.csv"), text).ok()); }

  ProgramResult Pretrain(const std::vector<std::string>& more = {}) {
    std::vector<std::string> flags =
        SmallModel({"--data=pairs", absl::StrCat("--pairs=", Path("table.csv")), "--text_length=64", "--vocabulary=60",
                    "--steps=1", "--batch_size=2", "--compute_threads=1", absl::StrCat("--output_dir=", Path("run"))});
    flags.insert(flags.end(), more.begin(), more.end());
    return RunProgram("asap/tools/pretrain/pretrain", flags);
  }

  // The last line of standard error, which says why the program ended.
  static std::string Reason(const ProgramResult& run) {
    const std::vector<std::string> lines = absl::StrSplit(run.errors, '\n', absl::SkipWhitespace());
    return lines.empty() ? "" : lines.back();
  }

  std::string folder_;
};

TEST_F(Faults, TheGoodTableTrains) {
  const ProgramResult run = Pretrain();
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_TRUE(fs::exists(Path("run/encoder.safetensors")));
}

TEST_F(Faults, TruncatedVolume) {
  fs::resize_file(Path("b.nii.gz"), fs::file_size(Path("b.nii.gz")) / 2);
  const ProgramResult run = Pretrain();
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.errors, AllOf(HasSubstr("b.nii.gz"), HasSubstr("Remedy")));
  EXPECT_FALSE(fs::exists(Path("run/encoder.safetensors")));
  const ProgramResult unverified = Pretrain({"--noverify"});
  EXPECT_EQ(unverified.exit_code, 1);
  EXPECT_THAT(Reason(unverified), HasSubstr("b.nii.gz"));
}

TEST_F(Faults, AnotherTableUnderARunThatGoesOn) {
  ASSERT_EQ(Pretrain().exit_code, 0);
  const std::string table = *ReadFile(Path("table.csv"));
  const ProgramResult same = Pretrain();
  EXPECT_EQ(same.exit_code, 0) << same.errors;
  EXPECT_THAT(same.errors, HasSubstr("going on from"));
  // As many rows, another report.
  Table(absl::StrReplaceAll(table, {{"Heart size is normal.", "The heart is enlarged."}}));
  const ProgramResult other = Pretrain();
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(Reason(other), AllOf(HasSubstr("the cases are others"), HasSubstr("the table"), HasSubstr("--resume=never")));
  const ProgramResult anew = Pretrain({"--resume=never"});
  EXPECT_EQ(anew.exit_code, 0) << anew.errors;
  EXPECT_THAT(anew.errors, HasSubstr("learnt from other reports"));
  // The files elsewhere, and the same table.
  fs::create_directories(Path("moved"));
  for (const char* name : {"table.csv", "a.nii.gz", "b.nii.gz", "a_mask.nii.gz", "b_mask.nii.gz"}) {
    if (fs::exists(Path(name))) fs::rename(Path(name), Path(absl::StrCat("moved/", name)));
  }
  const ProgramResult moved = Pretrain({absl::StrCat("--pairs=", Path("moved/table.csv"))});
  EXPECT_EQ(moved.exit_code, 0) << moved.errors;
  EXPECT_THAT(moved.errors, HasSubstr("the volumes' files have other paths, sizes or times"));
}

TEST_F(Faults, BadCasesCanBeLeftOut) {
  Write<int16_t>("c.nii.gz", {40, 40, 20}, -1000);
  Table(
      "volume,findings,impression,patient\na.nii.gz,No nodule.,Normal.,p1\nb.nii.gz,No effusion.,Normal.,p2\n"
      "c.nii.gz,Heart is normal.,Normal.,p3\n");
  fs::resize_file(Path("b.nii.gz"), 100);
  const ProgramResult run = Pretrain({"--on_bad_case=skip", "--steps=4"});
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr("1 cases could not be read and were left out"));
}

TEST_F(Faults, HeaderThatAsksForEighteenGigabytes) {
  // A NIfTI header of 32767 x 32767 x 8 int16 voxels and nothing behind it.
  Write<int16_t>("huge.nii", {40, 40, 20}, -1000);
  std::fstream file(Path("huge.nii"), std::ios::in | std::ios::out | std::ios::binary);
  const int16_t dimensions[] = {3, 32767, 32767, 8, 1, 1, 1, 1};
  file.seekp(40);
  file.write(reinterpret_cast<const char*>(dimensions), sizeof(dimensions));
  file.close();
  fs::resize_file(Path("huge.nii"), 377);
  Table("volume,findings,impression,patient\nhuge.nii,No nodule.,Normal.,p1\na.nii.gz,No nodule.,Normal.,p2\n");
  const ProgramResult run = Pretrain();
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.errors, HasSubstr("huge.nii"));
}

TEST_F(Faults, MaskOfAnotherShape) {
  Write<uint8_t>("b_mask.nii.gz", {40, 40, 19}, 1);
  const ProgramResult run = Pretrain();
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.errors, AllOf(HasSubstr("b_mask.nii.gz"), HasSubstr("40x40x19")));
}

TEST_F(Faults, TableWithoutItsColumn) {
  Table("volume,finding,impression,patient\na.nii.gz,No nodule.,Normal.,p1\n");
  const ProgramResult run = Pretrain();
  EXPECT_NE(run.exit_code, 0);
  EXPECT_THAT(Reason(run), AllOf(HasSubstr("table.csv"), HasSubstr("findings"), HasSubstr("finding")));
}

TEST_F(Faults, ReportOfTenThousandWords) {
  std::string findings;
  for (int i = 0; i < 10000; ++i) absl::StrAppend(&findings, "opacity ");
  Table(absl::StrCat("volume,findings,impression,patient\na.nii.gz,", findings, ",Normal.,p1\nb.nii.gz,No nodule.,Normal.,p2\n"));
  const ProgramResult run = Pretrain();
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.errors, AllOf(HasSubstr("10001 words"), HasSubstr("Remedy"), Not(HasSubstr("opacity"))));
  const ProgramResult cut = Pretrain({"--on_bad_case=skip"});
  EXPECT_EQ(cut.exit_code, 0) << "the text is cut at --text_length\n" << cut.errors;
}

TEST_F(Faults, OutputFolderThatCannotBeMade) {
  ASSERT_TRUE(WriteFileAtomically(Path("plain"), "a file").ok());
  const ProgramResult run = Pretrain({absl::StrCat("--output_dir=", Path("plain/run"))});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(Reason(run), AllOf(HasSubstr("plain/run"), HasSubstr("Choose another folder")));
}

TEST_F(Faults, OutputFolderOfOthersOrInUse) {
  fs::create_directories(Path("run"));
  ASSERT_TRUE(WriteFileAtomically(Path("run/index.html"), "my page").ok());
  ProgramResult run = Pretrain();
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(Reason(run), HasSubstr("index.html, which pretrain did not write"));
  EXPECT_EQ(ReadFile(Path("run/index.html")).value(), "my page");
  fs::remove(Path("run/index.html"));
  const auto lock = FolderLock::Take(Path("run"));
  run = Pretrain();
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(Reason(run), HasSubstr("another process works in"));
  EXPECT_FALSE(fs::exists(Path("run/log.jsonl")));
}

TEST_F(Faults, Typos) {
  ProgramResult run = Pretrain({"--batchsize=2"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(Reason(run), HasSubstr("did you mean \"batch_size\"?"));
  run = Pretrain({"--losses=image,aligment"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(Reason(run), HasSubstr("did you mean \"alignment\"?"));
  run = Pretrain({"--data=pair"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(Reason(run), HasSubstr("did you mean \"pairs\"?"));
  run = Pretrain({"--config=vitb"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(Reason(run), HasSubstr("did you mean \"vit_b\"?"));
  run = Pretrain({"--text_encoder=minlm"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(Reason(run), HasSubstr("none of learned and minilm"));
}

TEST_F(Faults, APatientInTwoSplits) {
  Table("volume,findings,impression,patient,split\na.nii.gz,No nodule.,Normal.,p1,train\nb.nii.gz,No nodule.,Normal.,p1,test\n");
  const ProgramResult run = Pretrain();
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.errors, HasSubstr("split"));
}

TEST_F(Faults, MessagesHoldNoReportText) {
  Table("volume,findings,impression,patient\na.nii.gz,Secretfinding zebra.,Normal.,Hidden Name\nmissing.nii.gz,No.,Normal.,p2\n");
  const ProgramResult run = Pretrain();
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.errors, AllOf(HasSubstr("missing.nii.gz"), Not(HasSubstr("zebra")), Not(HasSubstr("Hidden"))));
}

TEST_F(Faults, PreprocessNamesWhatItCouldNotRead) {
  fs::create_directories(Path("scans"));
  fs::rename(Path("a.nii.gz"), Path("scans/a.nii.gz"));
  fs::rename(Path("b.nii.gz"), Path("scans/b.nii.gz"));
  fs::resize_file(Path("scans/b.nii.gz"), 200);
  const std::vector<std::string> flags = {absl::StrCat("--input=", Path("scans")), absl::StrCat("--output=", Path("prepared"))};
  const ProgramResult strict = RunProgram("asap/tools/preprocess/preprocess", flags);
  EXPECT_EQ(strict.exit_code, 1);
  EXPECT_THAT(strict.errors, HasSubstr("b.nii.gz"));
  std::vector<std::string> lenient = flags;
  lenient.push_back("--on_bad_case=skip");
  const ProgramResult run = RunProgram("asap/tools/preprocess/preprocess", lenient);
  EXPECT_TRUE(fs::exists(Path("prepared/volumes/a.nii"))) << run.errors;
  const absl::StatusOr<std::string> skipped = ReadFile(Path("prepared/skipped.csv"));
  ASSERT_TRUE(skipped.ok()) << skipped.status();
  EXPECT_THAT(*skipped, HasSubstr("b.nii.gz"));
}

}  // namespace
}  // namespace asap
