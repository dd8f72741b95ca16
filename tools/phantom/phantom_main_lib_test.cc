#include "tools/phantom/phantom_main_lib.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/dataset.h"
#include "core/imaging/formats/read_volume.h"
#include "core/io/png.h"
#include "datasets/ct_rate/ct_rate.h"
#include "datasets/pairs/pairs.h"
#include "datasets/phantom/phantom.h"

namespace asap {
namespace {

std::string Folder(const std::string& name) { return absl::StrCat(testing::TempDir(), "/", name); }

// Runs the tool with all flags at small values but for those given.
absl::Status RunWith(const std::vector<std::string>& flags) {
  std::vector<std::string> all = {"--output=",      "--cases=14",   "--size=32x28x24", "--site=mixed",      "--seed=5",
                                  "--layout=pairs", "--gzip=false", "--truth=false",   "--montage_cases=1", "--threads=2"};
  all.insert(all.end(), flags.begin(), flags.end());
  const absl::Status parsed = ParseFlags(all);
  if (!parsed.ok()) return parsed;
  return PhantomMain();
}

std::unique_ptr<phantom::PhantomDataset> Same() {
  return *phantom::PhantomDataset::Create({.cases = 14, .size = {32, 28, 24}, .seed = 5});
}

// What a reader of written files must find: the phantom itself.
void ExpectSameCase(const Dataset& read, int64_t at, const phantom::PhantomDataset& phantom, int64_t index, size_t labels) {
  const auto report = read.Report(at), wanted = phantom.Report(index);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->findings, wanted->findings);
  EXPECT_EQ(report->impression, wanted->impression);
  const auto values = read.Labels(at), truth = phantom.Labels(index);
  ASSERT_TRUE(values.ok()) << values.status();
  EXPECT_EQ(values->size(), labels);
  for (const auto& [name, value] : *values) EXPECT_EQ(value, truth->at(name)) << name;
  for (const bool mask : {false, true}) {
    const auto a = mask ? read.Mask(at) : read.Volume(at), b = mask ? phantom.Mask(index) : phantom.Volume(index);
    ASSERT_TRUE(a.ok()) << a.status();
    const Geometry &g = (*a)->geometry(), &h = (*b)->geometry();
    ASSERT_EQ(g.size, h.size);
    for (int axis = 0; axis < 3; ++axis) {
      EXPECT_NEAR(g.spacing[axis], h.spacing[axis], 1e-4);
      EXPECT_NEAR(g.origin[axis], h.origin[axis], 1e-3);
    }
    std::vector<int16_t> x(g.voxels()), y(g.voxels());
    ASSERT_TRUE((*a)->Read({{0, 0, 0}, g.size}, absl::MakeSpan(x)).ok());
    ASSERT_TRUE((*b)->Read({{0, 0, 0}, g.size}, absl::MakeSpan(y)).ok());
    EXPECT_EQ(x, y);
  }
}

TEST(PhantomTool, AFolderOfOthersIsRefused) {
  const std::string out = Folder("of_others");
  std::filesystem::create_directories(out);
  ASSERT_TRUE(WriteFileAtomically(out + "/pairs.csv", "my table").ok());
  const absl::Status status = RunWith({absl::StrCat("--output=", out)});
  EXPECT_TRUE(absl::StrContains(status.message(), "pairs.csv, which phantom did not write")) << status;
  EXPECT_EQ(*ReadFile(out + "/pairs.csv"), "my table");
}

TEST(PhantomTool, PairsAreReadBackAsTheyWere) {
  for (const bool gzip : {false, true}) {
    const std::string out = Folder(gzip ? "pairs_gz" : "pairs");
    ASSERT_TRUE(RunWith({absl::StrCat("--output=", out), absl::StrCat("--gzip=", gzip ? "true" : "false")}).ok());
    const auto phantom = Same();
    const auto read = OpenPairs({.table = out + "/pairs.csv", .parameters = {{"mask_classes", out + "/mask_classes.txt"}}});
    ASSERT_TRUE(read.ok()) << read.status();
    ASSERT_EQ((*read)->size(), phantom->size());
    EXPECT_EQ((*read)->card().mask_classes, phantom->card().mask_classes);
    for (int64_t i = 0; i < phantom->size(); ++i) {
      const CaseInfo a = (*read)->Info(i), b = phantom->Info(i);
      EXPECT_EQ(a.id, b.id);
      EXPECT_EQ(a.patient, b.patient);
      EXPECT_EQ(a.split, b.split);
      EXPECT_EQ(a.site, b.site);
      ExpectSameCase(**read, i, *phantom, i, phantom->card().label_names.size());
    }
    for (const DatasetProblem& problem : (*read)->Verify(nullptr)) ADD_FAILURE() << problem.case_id << ": " << problem.message;
  }
}

TEST(PhantomTool, CtRateIsReadBackAsItWas) {
  const std::string out = Folder("ct_rate");
  ASSERT_TRUE(RunWith({absl::StrCat("--output=", out), "--layout=ct_rate"}).ok());
  const auto phantom = Same();
  int64_t found = 0;
  for (const std::string split : {"train", "valid"}) {
    const auto read = OpenCtRate({.root = out, .split = split});
    ASSERT_TRUE(read.ok()) << read.status();
    int64_t at = 0;
    for (int64_t i = 0; i < phantom->size(); ++i) {
      if ((phantom->Info(i).split == "train") != (split == "train")) continue;
      ASSERT_LT(at, (*read)->size());
      EXPECT_EQ((*read)->Info(at).patient, absl::StrCat(split, "_", phantom->Key(i).patient + 1));
      ExpectSameCase(**read, at++, *phantom, i, phantom::kCtRateFindings);
    }
    EXPECT_EQ((*read)->size(), at);
    found += at;
  }
  EXPECT_EQ(found, phantom->size());
}

TEST(PhantomTool, LeavesTruthAPictureAndItsFlags) {
  const std::string out = Folder("truth");
  ASSERT_TRUE(RunWith({absl::StrCat("--output=", out), "--truth"}).ok());
  const auto phantom = Same();
  for (int64_t i = 0; i < phantom->size(); ++i) {
    const auto rendered = phantom->Rendered(i);
    const auto organs = ReadVolume(absl::StrCat(out, "/truth/", phantom->Info(i).id, "_organs.nii.gz"));
    const auto lesions = ReadVolume(absl::StrCat(out, "/truth/", phantom->Info(i).id, "_lesions.nii.gz"));
    ASSERT_TRUE(organs.ok()) << organs.status();
    ASSERT_TRUE(lesions.ok()) << lesions.status();
    EXPECT_EQ(organs->voxels, std::vector<float>(rendered->fine.begin(), rendered->fine.end()));
    EXPECT_EQ(lesions->voxels, std::vector<float>(rendered->lesions.begin(), rendered->lesions.end()));
  }
  const auto png = ReadFile(out + "/montage.png");
  ASSERT_TRUE(png.ok());
  const auto picture = DecodePng(*png);
  ASSERT_TRUE(picture.ok());
  EXPECT_GT(picture->width, 1000);
  const auto flags = ReadFile(out + "/phantom.flags");
  ASSERT_TRUE(flags.ok());
  EXPECT_TRUE(absl::StrContains(*flags, "--seed=5"));
}

TEST(PhantomTool, FilesDoNotDependOnThreads) {
  ASSERT_TRUE(RunWith({absl::StrCat("--output=", Folder("one")), "--threads=1", "--montage_cases=0"}).ok());
  ASSERT_TRUE(RunWith({absl::StrCat("--output=", Folder("four")), "--threads=4", "--montage_cases=0"}).ok());
  for (const std::string file : {"pairs.csv", "volumes/p00003_s1.nii", "masks/p00000_s1.nii"}) {
    const auto a = ReadFile(absl::StrCat(Folder("one"), "/", file)), b = ReadFile(absl::StrCat(Folder("four"), "/", file));
    ASSERT_TRUE(a.ok()) << a.status();
    ASSERT_TRUE(b.ok()) << b.status();
    EXPECT_TRUE(*a == *b) << file;
  }
  EXPECT_FALSE(ReadFile(Folder("one") + "/montage.png").ok());
}

TEST(PhantomTool, WrongCallsNameTheFlagAndWhatItExpects) {
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{"--output="}, "--output is needed"}, {{"--cases=0"}, "cases must be 1"},   {{"--size=64"}, "64x64x32"},
      {{"--site=auroa"}, "\"aurora\""},      {{"--layout=ct_rat"}, "\"ct_rate\""}, {{"--threads=-1"}, "0 or more"},
      {{"--montage_cases=-1"}, "0 or more"}, {{"--layout=nifti"}, "Known: "}};
  for (const auto& [flags, message] : cases) {
    std::vector<std::string> all = {absl::StrCat("--output=", Folder("wrong"))};
    all.insert(all.end(), flags.begin(), flags.end());
    const absl::Status status = RunWith(all);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << flags[0];
    EXPECT_TRUE(absl::StrContains(status.message(), message)) << status;
  }
}

TEST(PhantomTool, AFolderThatCannotBeWrittenIsSaid) {
  const std::string file = Folder("a_file");
  ASSERT_TRUE(WriteFileAtomically(file, "x").ok());
  const absl::Status status = RunWith({absl::StrCat("--output=", file, "/sub")});
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(absl::StrContains(status.message(), "a_file")) << status;
}

TEST(PhantomTool, FlagsAreFrozen) {
  EXPECT_EQ(FlagTable("phantom"),
            "cases int64 \"20\"\n"
            "gzip bool \"false\"\n"
            "layout string \"pairs\"\n"
            "montage_cases int64 \"4\"\n"
            "output string \"\"\n"
            "prepared bool \"false\"\n"
            "seed uint64 \"0\"\n"
            "site string \"mixed\"\n"
            "size string \"128x128x64\"\n"
            "threads int32 \"0\"\n"
            "truth bool \"false\"\n");
}

TEST(PhantomTool, HelpTeaches) {
  const std::string help = HelpText(PhantomHelp());
  for (const std::string word : {"montage.png", "--layout", "ct_rate", "//tools:phantom"})
    EXPECT_TRUE(absl::StrContains(help, word)) << word;
}

}  // namespace
}  // namespace asap
