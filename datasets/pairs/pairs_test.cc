#include "datasets/pairs/pairs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/file.h"
#include "core/data/volume_cache/volume_cache.h"
#include "core/imaging/formats/read_volume.h"
#include "core/imaging/formats/write_nifti.h"
#include "core/imaging/geometry.h"
#include "core/imaging/resample.h"
#include "core/testing/dataset/dataset_conformance.h"
#include "datasets/testing/written_dataset.h"

namespace asap {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// A slab of soft tissue with lung in it and air around, 16 x 14 x 10 voxels.
Volume<int16_t> Thorax() {
  Volume<int16_t> volume;
  volume.geometry = {.size = {16, 14, 10}, .spacing = {1.5, 1.5, 3}, .origin = {-12, -10, -15}};
  for (int64_t z = 0; z < 10; ++z) {
    for (int64_t y = 0; y < 14; ++y) {
      for (int64_t x = 0; x < 16; ++x) {
        const bool body = x > 1 && x < 14 && y > 1 && y < 12;
        const bool lung = x > 3 && x < 7 && y > 3 && y < 9;
        const int64_t noise = (x * 7 + y * 5 + z * 3) % 11;
        volume.voxels.push_back(static_cast<int16_t>(body ? (lung ? -820 : 30) + 4 * noise : -1000 + noise));
      }
    }
  }
  return volume;
}

Volume<uint8_t> LungMask() {
  const Volume<int16_t> thorax = Thorax();
  Volume<uint8_t> mask;
  mask.geometry = thorax.geometry;
  for (int16_t voxel : thorax.voxels) mask.voxels.push_back(voxel > -900 && voxel < -700 ? 3 : 0);
  return mask;
}

class PairsTest : public ::testing::Test {
 protected:
  PairsTest() {
    folder_ = absl::StrCat(::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name());
    ::mkdir(folder_.c_str(), 0755);
    ::mkdir((folder_ + "/ct").c_str(), 0755);
    for (const char* name : {"ct/a.nii", "ct/b.nii.gz", "ct/c.nii"}) {
      EXPECT_TRUE(WriteNifti(absl::StrCat(folder_, "/", name), Thorax()).ok());
    }
    for (const char* name : {"a_mask.nii.gz", "b_mask.nii"}) {
      EXPECT_TRUE(WriteNifti(absl::StrCat(folder_, "/", name), LungMask()).ok());
    }
  }

  std::string Table(const std::string& contents) {
    const std::string path = folder_ + "/pairs.csv";
    EXPECT_TRUE(WriteFileAtomically(path, contents).ok());
    return path;
  }
  std::string GoodTable() { return Table(absl::StrReplaceAll(kGood, {{"FOLDER", folder_}})); }
  std::unique_ptr<Dataset> Open(const std::string& table, const std::string& split = "") {
    auto dataset = OpenDataset("pairs", {.table = table, .split = split});
    EXPECT_TRUE(dataset.ok()) << dataset.status();
    return dataset.ok() ? *std::move(dataset) : nullptr;
  }
  std::string ErrorOf(const std::string& contents, const std::string& split = "") {
    return std::string(OpenDataset("pairs", {.table = Table(contents), .split = split}).status().message());
  }
  std::vector<std::string> Problems(const std::string& contents) {
    std::vector<std::string> lines;
    for (const DatasetProblem& problem : Open(Table(contents))->Verify(nullptr)) {
      EXPECT_FALSE(problem.remedy.empty());
      EXPECT_EQ(problem.message.find('\n'), std::string::npos);
      EXPECT_THAT(problem.message, Not(HasSubstr("secret")));
      lines.push_back(absl::StrCat(problem.severity == DatasetProblem::Severity::kError ? "error " : "warning ", problem.case_id,
                                   ": ", problem.message));
    }
    return lines;
  }

  static constexpr char kGood[] =
      "patient,volume,findings,impression,mask,split,Emphysema,Age,Remark,site\n"
      "p1,ct/a.nii,\"Lungs are clear.\nNo nodule, \"\"none\"\".\",Normal.,a_mask.nii.gz,train,0,63.5,x,north\n"
      "p2,FOLDER/ct/b.nii.gz,Emphysema.,,b_mask.nii,val,1,,,south\n"
      "p2,ct/c.nii,Stable.,Stable.,,valid,,71,,\n";
  std::string folder_;
};

TEST_F(PairsTest, Conforms) { CheckDatasetConformance(*Open(GoodTable())); }

std::vector<int16_t> Voxels(const VoxelSource& source) {
  std::vector<int16_t> voxels(source.geometry().voxels());
  EXPECT_TRUE(source.Read({{0, 0, 0}, source.geometry().size}, absl::MakeSpan(voxels)).ok());
  return voxels;
}

// The same voxels, stored towards Left and Posterior.
template <typename T>
Volume<T> TowardsLps(const Volume<T>& ras) {
  Volume<T> lps = ras;
  const Index3 size = ras.geometry.size;
  lps.geometry.origin = IndexToWorld(ras.geometry, {size[0] - 1.0, size[1] - 1.0, 0});
  lps.geometry.direction = {-1, 0, 0, 0, -1, 0, 0, 0, 1};
  for (int64_t z = 0; z < size[2]; ++z) {
    for (int64_t y = 0; y < size[1]; ++y) {
      for (int64_t x = 0; x < size[0]; ++x) lps.at(x, y, z) = ras.at(size[0] - 1 - x, size[1] - 1 - y, z);
    }
  }
  return lps;
}

TEST_F(PairsTest, VolumesAndMasksComeInRasOrderHoweverTheyAreStored) {
  const Volume<int16_t> lps = TowardsLps(Thorax());
  ASSERT_TRUE(WriteNifti(folder_ + "/lps.nii", lps).ok());
  ASSERT_TRUE(WriteNifti(folder_ + "/lps_mask.nii", TowardsLps(LungMask())).ok());
  const std::string bytes(reinterpret_cast<const char*>(lps.voxels.data()), lps.voxels.size() * sizeof(int16_t));
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/meta.mha",
                                  "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
                                  "ElementSpacing = 1.5 1.5 3\nDimSize = 16 14 10\nElementType = MET_SHORT\n"
                                  "ElementDataFile = LOCAL\n" +
                                      bytes)
                  .ok());
  const std::string table = Table(
      "volume,findings,impression,patient,mask\nct/a.nii,a,b,p,a_mask.nii.gz\nlps.nii,a,b,q,lps_mask.nii\n"
      "meta.mha,a,b,r,\nct/c.nii,a,b,s,lps_mask.nii\n");
  for (const bool cached : {false, true}) {
    const auto dataset = OpenDataset(
        "pairs", {.table = table,
                  .cache = cached ? std::make_shared<VolumeCache>(VolumeCacheOptions{.folder = folder_ + "/cache"}) : nullptr});
    ASSERT_TRUE(dataset.ok()) << dataset.status();
    const std::vector<int16_t> expected = Voxels(**(*dataset)->Volume(0)), mask = Voxels(**(*dataset)->Mask(0));
    for (int64_t index = 1; index < 4; ++index) EXPECT_EQ(Voxels(**(*dataset)->Volume(index)), expected) << index;
    for (const int64_t index : {1, 3}) EXPECT_EQ(Voxels(**(*dataset)->Mask(index)), mask) << index;
    EXPECT_THAT((*dataset)->Verify(nullptr), IsEmpty());
  }
}

TEST_F(PairsTest, CasesAsInTheTable) {
  const auto dataset = Open(GoodTable());
  ASSERT_EQ(dataset->size(), 3);
  EXPECT_EQ(dataset->Info(0).id, "a");
  EXPECT_EQ(dataset->Info(1).id, "b");
  EXPECT_EQ(dataset->Info(0).patient, "p1");
  EXPECT_EQ(dataset->Info(1).split, "valid");
  EXPECT_EQ(dataset->Info(1).site, "south");
  EXPECT_TRUE(dataset->Info(0).has_mask);
  EXPECT_FALSE(dataset->Info(2).has_mask);
  EXPECT_EQ(dataset->Report(0)->findings, "Lungs are clear.\nNo nodule, \"none\".");
  EXPECT_EQ(dataset->Report(1)->impression, "");
  EXPECT_THAT(dataset->card().label_names, ElementsAre("Emphysema", "Age"));  // Remark is text, site is not a label
  EXPECT_THAT(*dataset->Labels(0), UnorderedElementsAre(Pair("Emphysema", 0), Pair("Age", 63.5)));
  EXPECT_THAT(*dataset->Labels(1), UnorderedElementsAre(Pair("Emphysema", 1)));
  EXPECT_THAT(*dataset->Labels(2), UnorderedElementsAre(Pair("Age", 71)));
  EXPECT_EQ((*dataset->Volume(0))->geometry().size, (Index3{16, 14, 10}));
}

class WrittenPairsTest : public WrittenDatasetTest {
 protected:
  WrittenPairsTest() : WrittenDatasetTest("pairs", {.cases = 6, .size = {24, 22, 20}, .seed = 2}) {}
};

TEST_F(WrittenPairsTest, TheLayoutIsThePhantom) {
  const auto dataset = OpenWritten(/*prepared=*/false);
  ASSERT_NE(dataset, nullptr);
  for (int64_t i = 0; i < dataset->size(); ++i) {
    EXPECT_EQ(dataset->Info(i).id, truth_->Info(i).id);
    EXPECT_EQ(dataset->Info(i).split, truth_->Info(i).split);
    EXPECT_EQ(dataset->Report(i)->findings, truth_->Report(i)->findings);
    EXPECT_EQ(*dataset->Labels(i), *truth_->Labels(i));
    EXPECT_EQ(Voxels(dataset->Mask(i)), Voxels(truth_->Mask(i)));
    ExpectScan(*dataset, i, i);
  }
}

TEST_F(PairsTest, SplitsAreSelected) {
  const std::string table = GoodTable();
  const auto valid = Open(table, "valid");
  ASSERT_EQ(valid->size(), 2);
  EXPECT_EQ(valid->Info(0).id, "b");
  EXPECT_THAT(*valid->Labels(1), UnorderedElementsAre(Pair("Age", 71)));
  EXPECT_EQ(valid->Report(1)->findings, "Stable.");
  EXPECT_EQ(Open(table, "train")->size(), 1);
  EXPECT_THAT(std::string(OpenDataset("pairs", {.table = table, .split = "test"}).status().message()),
              HasSubstr("no case is in the split \"test\"; found: train, valid"));
  EXPECT_EQ(ErrorOf("volume,findings,impression,patient\nct/a.nii,x,y,p\n", "train"), "")
      << "without a split, cases are for training";
  EXPECT_THAT(ErrorOf("volume,findings,impression,patient\nct/a.nii,x,y,p\n", "test"), HasSubstr("found: train"));
}

TEST_F(PairsTest, ColumnsThatAreMissing) {
  const std::string message = ErrorOf("volume,finding,impression,patient\nct/a.nii,x,y,p\n");
  EXPECT_THAT(message, HasSubstr("pairs.csv: the column is missing"));
  EXPECT_THAT(message, HasSubstr("did you mean \"finding\"?"));
  EXPECT_THAT(message, HasSubstr("Known: volume, finding, impression, patient."));
  for (const char* column : {"volume", "findings", "impression", "patient"}) {
    EXPECT_THAT(ErrorOf(absl::StrReplaceAll("volume,findings,impression,patient\n", {{column, "other"}})), HasSubstr(column));
  }
}

TEST_F(PairsTest, TablesThatAreRefused) {
  const std::string header = "volume,findings,impression,patient,split\n";
  EXPECT_THAT(ErrorOf(header), HasSubstr("lists no case"));
  EXPECT_THAT(ErrorOf(header + "ct/a.nii,x,y,p,trian\n"), HasSubstr("pairs.csv:2: the split is \"trian\"; expected train"));
  EXPECT_THAT(ErrorOf(header + ",x,y,p,\n"), HasSubstr(":2: the cell \"volume\" is empty"));
  EXPECT_THAT(ErrorOf(header + "ct/a.nii,x,y,,\n"), HasSubstr(":2: the cell \"patient\" is empty"));
  EXPECT_THAT(ErrorOf(header + "ct/a.nii,x,y,p,\nother/a.nii.gz,x,y,p,\n"), HasSubstr(":3: the case \"a\" is on line 2 already"));
  EXPECT_THAT(ErrorOf(header + "ct/a.nii,x\xE9,y,p,\n"), HasSubstr(":2: not UTF-8"));
  EXPECT_THAT(ErrorOf(header + "ct/a.nii,x,y\n"), HasSubstr(":2: the row has 3 cells, the header has 5"));
  EXPECT_THAT(std::string(OpenDataset("pairs", {}).status().message()), HasSubstr("no table was given"));
  EXPECT_THAT(std::string(OpenDataset("pairs", {.table = "x", .parameters = {{"mask_clases", "y"}}}).status().message()),
              HasSubstr("did you mean \"mask_classes\"?"));
}

TEST_F(PairsTest, SameFileNamesNeedIdsOfTheirOwn) {
  const auto dataset =
      Open(Table("volume,findings,impression,patient,case\nct/a.nii,x,y,p,one\n./ct/a.nii,x,y,p,two\nct/c.nii,x,y,p,\n"));
  EXPECT_EQ(dataset->Info(0).id, "one");
  EXPECT_EQ(dataset->Info(1).id, "two");
  EXPECT_EQ(dataset->Info(2).id, "c");
}

TEST_F(PairsTest, MaskClassesAreNamed) {
  const std::string names = folder_ + "/classes.txt";
  ASSERT_TRUE(WriteFileAtomically(names, "background\nheart\nlung_left\nlung_right\nleft kidney\n").ok());
  const auto dataset = OpenDataset("pairs", {.table = GoodTable(), .parameters = {{"mask_classes", names}}});
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT((*dataset)->card().mask_classes, SizeIs(5));
  EXPECT_THAT((*dataset)->card().mirrored_classes, ElementsAre(Pair(2, 3)));
  CheckDatasetConformance(**dataset);
}

TEST_F(PairsTest, VerifyFindsFilesThatAreMissingOrBroken) {
  const std::string header = "volume,findings,impression,patient,mask\n";
  std::ofstream(folder_ + "/ct/short.nii.gz", std::ios::binary) << ReadFile(folder_ + "/ct/b.nii.gz")->substr(0, 200);
  EXPECT_THAT(Problems(header + "ct/none.nii.gz,x.,y,secret,\n"),
              ElementsAre(AllOf(HasSubstr("error none: "), HasSubstr(folder_ + "/ct/none.nii.gz"))));
  EXPECT_THAT(Problems(header + "ct/short.nii.gz,secret,y,p,\n"),
              ElementsAre(AllOf(HasSubstr("error short: "), HasSubstr("ct/short.nii.gz"))));
  EXPECT_THAT(Problems(header + "ct/a.nii,x.,y,p,none.nii\n"), ElementsAre(AllOf(HasSubstr("error a: "), HasSubstr("none.nii"))));
  const auto dataset = Open(Table(header + "ct/none.nii.gz,x.,y,secret,\n"));
  EXPECT_THAT(std::string(dataset->Volume(0).status().message()), AllOf(HasSubstr("case none"), HasSubstr("ct/none.nii.gz")));
}

TEST_F(PairsTest, VerifyComparesGrids) {
  const std::string table = "volume,findings,impression,patient,mask\nct/a.nii,secret,y,p,mask.nii\n";
  const auto with = [&](const std::function<void(Volume<uint8_t>*)>& change) {
    Volume<uint8_t> mask = LungMask();
    change(&mask);
    EXPECT_TRUE(WriteNifti(folder_ + "/mask.nii", mask).ok());
    return Problems(table);
  };
  EXPECT_THAT(with([](auto*) {}), IsEmpty());
  EXPECT_THAT(with([](auto* mask) { mask->geometry.spacing[2] += 5e-4; }), IsEmpty());
  EXPECT_THAT(with([](auto* mask) { mask->geometry.spacing[2] = 3.01; }),
              ElementsAre(AllOf(HasSubstr("error a: "), HasSubstr("spacing is 1.5 x 1.5 x 3.01 mm"))));
  EXPECT_THAT(with([](auto* mask) { mask->geometry.direction[0] = -1; }),  // the axis runs the other way, from the same place
              ElementsAre(AllOf(HasSubstr("warning a: "), HasSubstr("origin is 22.5 mm"))));
  EXPECT_THAT(with([](auto* mask) { mask->geometry.direction = {0.8, -0.6, 0, 0.6, 0.8, 0, 0, 0, 1}; }),
              ElementsAre(AllOf(HasSubstr("warning a: "), HasSubstr("axes point elsewhere"))));
  EXPECT_THAT(with([](auto* mask) { mask->geometry.origin[1] += 2; }),
              ElementsAre(AllOf(HasSubstr("warning a: "), HasSubstr("origin is 2 mm"))));
  EXPECT_THAT(with([](auto* mask) {
                mask->geometry.size[2] = 9;
                mask->voxels.resize(16 * 14 * 9);
              }),
              ElementsAre(AllOf(HasSubstr("error a: "), HasSubstr("the mask has 16x14x9 voxels"), HasSubstr("16x14x10"))));
  // The same mask is refused when it is opened.
  const std::string message(Open(Table(table))->Mask(0).status().message());
  EXPECT_THAT(message, AllOf(HasSubstr("case a: "), HasSubstr("the mask has 16x14x9 voxels"), HasSubstr("resample the mask")));
}

TEST_F(PairsTest, VerifyLooksAtLabelsReportsAndIntensities) {
  const std::string table = "volume,findings,impression,patient,mask\nct/a.nii,x.,y,p,mask.nii\n";
  Volume<uint8_t> mask = LungMask();
  mask.voxels[77] = 9;
  ASSERT_TRUE(WriteNifti(folder_ + "/mask.nii", mask).ok());
  EXPECT_THAT(Problems(table), ElementsAre(HasSubstr("labels run from 0 to 9; expected 0 to 8")));
  mask.voxels.assign(mask.voxels.size(), 0);
  ASSERT_TRUE(WriteNifti(folder_ + "/mask.nii", mask).ok());
  EXPECT_THAT(Problems(table), ElementsAre(AllOf(HasSubstr("warning a: "), HasSubstr("the mask is empty"))));

  const std::string header = "volume,findings,impression,patient\n";
  EXPECT_THAT(Problems(header + "ct/a.nii,,NA,p\n"),
              ElementsAre(AllOf(HasSubstr("error a: "), HasSubstr("findings and impression are both empty"))));
  EXPECT_THAT(Problems(header + "ct/a.nii, ,secret,p\n"), ElementsAre(HasSubstr("warning a: ")));
  Volume<int16_t> windowed = Thorax();
  for (int16_t& voxel : windowed.voxels) voxel = static_cast<int16_t>((voxel + 1000) / 5);
  ASSERT_TRUE(WriteNifti(folder_ + "/ct/a.nii", windowed).ok());
  EXPECT_THAT(Problems(header + "ct/a.nii,x,y,p\n"), ElementsAre(AllOf(HasSubstr("warning a: "), HasSubstr("ct/a.nii: "))));
}

TEST_F(PairsTest, VerifyFindsPatientsInTwoSplits) {
  const std::string contents =
      "volume,findings,impression,patient,split\nct/a.nii,x,y,secret,train\nct/b.nii.gz,x,y,q,test\nct/c.nii,x,y,secret,test\n";
  EXPECT_THAT(Problems(contents),
              ElementsAre(AllOf(HasSubstr("error c: "), HasSubstr("(split \"test\") is also that of case a (split \"train\")"))));
  // Also seen where only one of the splits is opened.
  EXPECT_THAT(Open(Table(contents), "train")->Verify(nullptr), SizeIs(1));
}

TEST_F(PairsTest, APatientIsTheSameAsANumberWithAZeroFraction) {
  const std::string header = "volume,findings,impression,patient,split\n";
  EXPECT_THAT(Problems(header + "ct/a.nii,x,y,7,train\nct/b.nii.gz,x,y,7.0,test\n"),
              ElementsAre(AllOf(HasSubstr("error b: "), HasSubstr("is also that of case a (split \"train\")"))));
  EXPECT_THAT(Problems(header + "ct/a.nii,x,y,7,train\nct/b.nii.gz,x,y,07,test\n"), IsEmpty());
  EXPECT_THAT(ErrorOf(header + "ct/a.nii,x,y,nan,train\n"), HasSubstr(":2: the cell \"patient\" is empty, or says NA"));
}

TEST_F(PairsTest, AVolumeUnderTwoCasesIsAnError) {
  std::filesystem::create_symlink("a.nii", folder_ + "/ct/link.nii");
  std::filesystem::create_hard_link(folder_ + "/ct/a.nii", folder_ + "/ct/hard.nii");
  std::filesystem::create_symlink("ct", folder_ + "/again");
  const std::string header = "case,volume,findings,impression,patient,split\nk0,ct/a.nii,x,y,p,train\n";
  for (const std::string same : {"ct/a.nii", "./ct/../ct/a.nii", "again/a.nii", "ct/link.nii", "ct/hard.nii"}) {
    const std::string contents = absl::StrCat(header, "k5,", same, ",x,y,q,test\n");
    EXPECT_THAT(Problems(contents), ElementsAre(AllOf(HasSubstr("error k5: "), HasSubstr("k5 (split \"test\")"),
                                                      HasSubstr("case k0 (split \"train\")"))))
        << same;
    // Training sees it where its own split alone is open.
    const auto problems = Open(Table(contents), "train")->Verify(nullptr);
    ASSERT_THAT(problems, SizeIs(1)) << same;
    EXPECT_EQ(problems[0].case_id, "k0");
  }
  EXPECT_THAT(Problems(header + "k5,ct/c.nii,x,y,q,test\n"), IsEmpty());
}

TEST_F(PairsTest, LabelsSayTheSameInOtherCharacters) {
  const auto dataset = Open(
      Table("Volume,FINDINGS,Impression,Patient,Emphysema,Nodule,Age,Note,Mixed,Unnamed: 0\n"
            "ct/a.nii,x.,y,p1,TRUE,yes,63.0,seen,1,0\nct/b.nii.gz,x.,y,p2,False,No,NA,2,1o,1\nct/c.nii,x.,y,p3,1.0,,nan,,,2\n"));
  EXPECT_THAT(dataset->card().label_names, ElementsAre("Emphysema", "Nodule", "Age"));
  EXPECT_THAT(*dataset->Labels(0), UnorderedElementsAre(Pair("Emphysema", 1), Pair("Nodule", 1), Pair("Age", 63)));
  EXPECT_THAT(*dataset->Labels(1), UnorderedElementsAre(Pair("Emphysema", 0), Pair("Nodule", 0)));
  EXPECT_THAT(*dataset->Labels(2), UnorderedElementsAre(Pair("Emphysema", 1)));
  // Columns of numbers and text are told, whichever comes first.
  const auto problems = dataset->Verify(nullptr);
  ASSERT_THAT(problems, SizeIs(2));
  EXPECT_THAT(problems[0].message, HasSubstr("pairs.csv:2: the column \"Note\" holds text here and numbers elsewhere"));
  EXPECT_THAT(problems[1].message, HasSubstr("pairs.csv:3: the column \"Mixed\""));
}

TEST_F(PairsTest, ARepeatedRowCountsOnce) {
  const std::string table =
      ",volume,findings,impression,patient,split,Nodule\n0,ct/a.nii,x.,y,p,train,1\n1,ct/b.nii.gz,x.,y,q,train,0\n";
  const auto dataset = Open(Table(table + "2,ct/a.nii,x.,y,p,train,1\n3,ct/c.nii,x.,y,r,train,1\n"));
  ASSERT_EQ(dataset->size(), 3);
  EXPECT_EQ(dataset->Info(2).id, "c");
  EXPECT_EQ(dataset->Labels(1)->at("Nodule"), 0);
  EXPECT_EQ(dataset->Labels(2)->at("Nodule"), 1);
  const auto problems = dataset->Verify(nullptr);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0].message, HasSubstr("1 row repeats what an earlier row says of the same case, the first on line 4"));
  EXPECT_THAT(ErrorOf(table + "2,ct/a.nii,x.,y,p,train,0\n"),
              HasSubstr(":4: the case \"a\" is on line 2 already, and says something else there"));
}

TEST_F(PairsTest, TableThatChangedIsNoticed) {
  const auto dataset = Open(GoodTable());
  // In place: the open file is the same.
  std::ofstream(folder_ + "/pairs.csv", std::ios::trunc) << "volume,findings,impression,patient\n";
  EXPECT_THAT(std::string(dataset->Report(1).status().message()), HasSubstr("changed since it was opened"));
}

TEST_F(PairsTest, LongReports) {
  std::string findings;
  for (int i = 0; i < 10000; ++i) absl::StrAppend(&findings, "word", i, " ");
  const auto dataset =
      Open(Table(absl::StrCat("volume,findings,impression,patient\nct/a.nii,\"", findings, "\",y,p\nct/c.nii,x,y,p\n")));
  EXPECT_EQ(dataset->Report(0)->findings, findings);
  EXPECT_EQ(dataset->Report(1)->findings, "x");
  const std::vector<DatasetProblem> problems = dataset->Verify(nullptr);
  const auto named = [](const DatasetProblem& problem) {
    return problem.severity == DatasetProblem::Severity::kError && problem.case_id == "a" &&
           problem.message.find("10001 words, expected at most 5000") != std::string::npos;
  };
  EXPECT_EQ(std::count_if(problems.begin(), problems.end(), named), 1);
}

// The disk with the data goes away while a run reads from it.
TEST_F(PairsTest, FilesThatVanish) {
  const std::string table = GoodTable();
  DatasetOptions options = {.table = table};
  const auto without = OpenDataset("pairs", options);
  options.cache = std::make_shared<VolumeCache>(
      VolumeCacheOptions{.folder = folder_ + "/cache", .max_bytes = int64_t{1} << 30, .keep_free_bytes = 0});
  const auto with = OpenDataset("pairs", options);
  ASSERT_TRUE(without.ok() && with.ok());
  int64_t compressed = 0;  // the case of ct/b.nii.gz
  while ((*with)->Info(compressed).id != "b") ++compressed;
  const auto voxels = [&](const Dataset& dataset) {
    const auto source = dataset.Volume(compressed);
    EXPECT_TRUE(source.ok()) << source.status();
    std::vector<int16_t> out((*source)->geometry().voxels());
    EXPECT_TRUE((*source)->Read({{0, 0, 0}, (*source)->geometry().size}, absl::MakeSpan(out)).ok());
    return out;
  };
  const std::vector<int16_t> expected = voxels(**without);
  EXPECT_EQ(voxels(**with), expected);
  ASSERT_TRUE((*with)->Mask(compressed).ok());
  std::filesystem::rename(folder_ + "/ct", folder_ + "/unmounted");
  EXPECT_EQ(voxels(**with), expected);
  EXPECT_TRUE((*with)->Mask(compressed).ok());
  const absl::Status status = (*without)->Volume(compressed).status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("case b: "), HasSubstr(folder_ + "/ct/b.nii.gz"), HasSubstr("Is the disk with the data mounted?")));
}

TEST_F(PairsTest, AVerifiedDatasetIsCached) {
  DatasetOptions options = {.table = GoodTable()};
  options.cache = std::make_shared<VolumeCache>(
      VolumeCacheOptions{.folder = folder_ + "/cache", .max_bytes = int64_t{1} << 30, .keep_free_bytes = 0});
  const auto dataset = OpenDataset("pairs", options);
  ASSERT_TRUE(dataset.ok());
  EXPECT_THAT((*dataset)->Verify(nullptr), IsEmpty());
  const int64_t decoded = options.cache->statistics().misses;
  EXPECT_GT(decoded, 0);
  for (int64_t i = 0; i < (*dataset)->size(); ++i) {
    EXPECT_TRUE((*dataset)->Volume(i).ok());
    if ((*dataset)->Info(i).has_mask) {
      EXPECT_TRUE((*dataset)->Mask(i).ok());
    }
  }
  EXPECT_EQ(options.cache->statistics().misses, decoded);
  CheckDatasetConformance(**dataset);
}

TEST_F(PairsTest, RawScansAreResampled) {
  DatasetOptions options = {.table = GoodTable(), .parameters = {{"spacing", "3x3x6"}}};
  const auto without = OpenDataset("pairs", options);
  options.cache = std::make_shared<VolumeCache>(
      VolumeCacheOptions{.folder = folder_ + "/cache", .max_bytes = int64_t{1} << 30, .keep_free_bytes = 0});
  const auto with = OpenDataset("pairs", options);
  ASSERT_TRUE(without.ok() && with.ok());
  const auto expected = PreprocessImage(*ReadVolume(folder_ + "/ct/a.nii"), {.spacing = {3, 3, 6}});
  const auto expected_mask = PreprocessMask(*ReadVolume(folder_ + "/a_mask.nii.gz"), {.spacing = {3, 3, 6}});
  for (const auto* dataset : {&*without, &*with, &*with}) {
    const auto volume = (*dataset)->Volume(0);
    const auto mask = (*dataset)->Mask(0);
    ASSERT_TRUE(volume.ok() && mask.ok()) << volume.status() << mask.status();
    EXPECT_EQ((*volume)->geometry().size, (std::array<int64_t, 3>{8, 7, 5}));
    std::vector<int16_t> voxels(8 * 7 * 5), labels(voxels.size());
    ASSERT_TRUE((*volume)->Read({{0, 0, 0}, {8, 7, 5}}, absl::MakeSpan(voxels)).ok());
    ASSERT_TRUE((*mask)->Read({{0, 0, 0}, {8, 7, 5}}, absl::MakeSpan(labels)).ok());
    for (int64_t x = 0, i = 0; x < 8; ++x) {
      for (int64_t y = 0; y < 7; ++y) {
        for (int64_t z = 0; z < 5; ++z, ++i) {
          ASSERT_EQ(voxels[i], expected->at(x, y, z));
          ASSERT_EQ(labels[i], expected_mask->at(x, y, z));
        }
      }
    }
  }
  EXPECT_EQ(options.cache->statistics().misses, 2);
  CheckDatasetConformance(**with);
  options.parameters["spacing"] = "3x3";
  EXPECT_THAT(std::string(OpenDataset("pairs", options).status().message()), HasSubstr("1.5x1.5x3.0"));
}

TEST_F(PairsTest, AMaskWhoseSpacingDiffersInItsLastDigitIsResampledToItsVolumesGrid) {
  const DatasetOptions options = {.table = GoodTable(), .parameters = {{"spacing", "3x3x6"}}};
  auto mask = PreprocessMask(*ReadVolume(folder_ + "/a_mask.nii.gz"), {.spacing = {1.5, 1.5, 3.0}});
  ASSERT_TRUE(mask.ok()) << mask.status();
  mask->geometry.spacing[2] = std::nextafter(3.0f, 0.0f);  // 10 slices of it are not quite five of 6 mm
  ASSERT_TRUE(WriteNifti(folder_ + "/a_mask.nii.gz", *mask).ok());
  const auto dataset = OpenDataset("pairs", options);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  const auto opened = (*dataset)->Mask(0);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ((*opened)->geometry().size, (std::array<int64_t, 3>{8, 7, 5}));
}

TEST_F(PairsTest, ManyRowsOpenQuickly) {
  std::string contents = "volume,findings,impression,patient,split,Label\n";
  for (int i = 0; i < 50000; ++i) {
    absl::StrAppend(&contents, "ct/case", i, ".nii.gz,\"No nodule, no effusion in this thorax number ", i, ".\",Normal.,p", i / 2,
                    ",train,", i % 2, "\n");
  }
  const std::string table = Table(contents);
  const auto start = std::chrono::steady_clock::now();
  const auto dataset = Open(table);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  ASSERT_EQ(dataset->size(), 50000);
  EXPECT_LT(seconds.count(), 5);
  EXPECT_EQ(dataset->Report(49999)->findings, "No nodule, no effusion in this thorax number 49999.");
  EXPECT_EQ(dataset->Info(49999).id, "case49999");
  EXPECT_EQ(dataset->Labels(49999)->at("Label"), 1);
}

}  // namespace
}  // namespace asap
