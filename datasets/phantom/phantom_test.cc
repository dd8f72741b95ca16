#include "datasets/phantom/phantom.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "core/testing/dataset/dataset_conformance.h"
#include "datasets/phantom/labels.h"

namespace asap::phantom {
namespace {

std::unique_ptr<PhantomDataset> Make(PhantomOptions options, const std::string& split = "") {
  auto dataset = PhantomDataset::Create(options, split);
  EXPECT_TRUE(dataset.ok()) << dataset.status();
  return std::move(*dataset);
}

uint64_t Checksum(const RenderedCase& rendered) {
  uint64_t sum = 0;
  for (const int16_t v : rendered.volume.voxels) sum = Mix64(sum + static_cast<uint16_t>(v));
  for (const uint8_t v : rendered.fine) sum = Mix64(sum + v);
  for (const uint32_t v : rendered.lesions) sum = Mix64(sum + v);
  return sum;
}

TEST(Phantom, IsRegisteredAndTakesItsParameters) {
  const auto dataset =
      OpenDataset("phantom", {.parameters = {{"cases", "5"}, {"size", "32x32x16"}, {"seed", "3"}, {"site", "delta"}}});
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ((*dataset)->size(), 5);
  EXPECT_EQ((*dataset)->Info(0).site, "delta");
  const auto volume = (*dataset)->Volume(0);
  ASSERT_TRUE(volume.ok());
  EXPECT_EQ((*volume)->geometry().size, (Index3{32, 32, 16}));
}

TEST(Phantom, RefusesWrongParameters) {
  const std::pair<const char*, const char*> wrong[] = {{"cases", "many"},   {"cases", "0"},       {"size", "64x64"},
                                                       {"size", "8x64x64"}, {"size", "64x64x3z"}, {"seed", "-1"},
                                                       {"site", "auroa"},   {"case", "3"}};
  for (const auto& [key, value] : wrong) {
    const auto dataset = OpenDataset("phantom", {.parameters = {{key, value}}});
    EXPECT_EQ(dataset.status().code(), absl::StatusCode::kInvalidArgument) << key << "=" << value;
  }
  const auto near = OpenDataset("phantom", {.parameters = {{"site", "auroa"}}});
  EXPECT_NE(near.status().message().find("aurora"), std::string::npos) << near.status();
  EXPECT_FALSE(OpenDataset("phantom", {.split = "trian"}).ok());
}

TEST(Phantom, CasesAreTheSameOnAnyThreadAndAlone) {
  const auto dataset = Make({.cases = 8, .size = {32, 32, 16}});
  std::vector<uint64_t> serial, parallel(8);
  for (int i = 0; i < 8; ++i) serial.push_back(Checksum(Render(dataset->Facts(i), dataset->options().size)));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 7 - t; i >= 0; i -= 4) parallel[i] = Checksum(*dataset->Rendered(i));
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(serial, parallel);
  EXPECT_EQ(std::set<uint64_t>(serial.begin(), serial.end()).size(), 8u) << "cases differ";
  // A longer dataset begins with the same cases; another seed does not.
  const auto longer = Make({.cases = 20, .size = {32, 32, 16}});
  EXPECT_EQ(Checksum(*longer->Rendered(5)), serial[5]);
  EXPECT_EQ(longer->Report(5)->findings, dataset->Report(5)->findings);
  const auto other = Make({.cases = 8, .size = {32, 32, 16}, .seed = 1});
  EXPECT_NE(Checksum(*other->Rendered(5)), serial[5]);
}

TEST(Phantom, FingerprintsTellWhatACaseIsMadeFrom) {
  const auto dataset = Make({.cases = 4, .size = {32, 32, 16}});
  EXPECT_EQ(Make({.cases = 20, .size = {32, 32, 16}})->Fingerprint(3), dataset->Fingerprint(3));
  EXPECT_NE(Make({.cases = 4, .size = {32, 32, 16}, .seed = 1})->Fingerprint(3), dataset->Fingerprint(3));
  EXPECT_NE(Make({.cases = 4, .size = {32, 32, 20}})->Fingerprint(3), dataset->Fingerprint(3));
  const std::string other = dataset->Info(0).site == "delta" ? "aurora" : "delta";
  EXPECT_NE(Make({.cases = 4, .size = {32, 32, 16}, .site = other})->Fingerprint(0), dataset->Fingerprint(0));
  EXPECT_NE(dataset->MaskFingerprint(0), dataset->MaskFingerprint(1));
}

TEST(Phantom, BoxesAreInArrayOrder) {
  const auto dataset = Make({.cases = 1, .size = {24, 20, 16}});
  const auto rendered = dataset->Rendered(0);
  const auto volume = dataset->Volume(0), mask = dataset->Mask(0);
  ASSERT_TRUE(volume.ok() && mask.ok());
  const Box box = {{3, 4, 5}, {6, 7, 8}};
  std::vector<int16_t> hu(6 * 7 * 8), labels(6 * 7 * 8);
  ASSERT_TRUE((*volume)->Read(box, absl::MakeSpan(hu)).ok());
  ASSERT_TRUE((*mask)->Read(box, absl::MakeSpan(labels)).ok());
  for (int x = 0; x < 6; ++x) {
    for (int y = 0; y < 7; ++y) {
      for (int z = 0; z < 8; ++z) {
        const int64_t v = (x + 3) + 24 * ((y + 4) + 20 * (z + 5));
        EXPECT_EQ(hu[(x * 7 + y) * 8 + z], rendered->volume.voxels[v]);
        EXPECT_EQ(labels[(x * 7 + y) * 8 + z], MaskClass(rendered->fine[v]));
      }
    }
  }
  EXPECT_FALSE((*volume)->Read({{20, 0, 0}, {6, 1, 1}}, absl::MakeSpan(hu).first(6)).ok());
  EXPECT_FALSE((*volume)->Read({{0, 0, 0}, {6, 1, 1}}, absl::MakeSpan(hu).first(5)).ok());
}

TEST(Phantom, PatientsNeverCrossSplits) {
  const auto all = Make({.cases = 2000});
  std::map<std::string, std::set<std::string>> splits, sites;
  std::map<std::string, int> scans, share;
  for (int64_t i = 0; i < all->size(); ++i) {
    const CaseInfo info = all->Info(i);
    splits[info.patient].insert(info.split);
    sites[info.patient].insert(info.site);
    ++scans[info.patient];
    ++share[info.split];
  }
  int several = 0;
  for (const auto& [patient, names] : splits) EXPECT_EQ(names.size(), 1u) << patient;
  for (const auto& [patient, names] : sites) EXPECT_EQ(names.size(), 1u) << patient;
  for (const auto& [patient, count] : scans) several += count > 1;
  EXPECT_GT(several, 300);
  EXPECT_NEAR(share["train"], 1400, 100);
  EXPECT_NEAR(share["valid"], 300, 70);
  EXPECT_NEAR(share["test"], 300, 70);
  int64_t parts = 0;
  for (const char* split : {"train", "valid", "test"}) {
    const auto part = Make({.cases = 2000}, split);
    EXPECT_EQ(part->size(), share[split]);
    EXPECT_EQ(part->Info(0).split, split);
    parts += part->size();
  }
  EXPECT_EQ(parts, all->size());
}

TEST(Phantom, EveryLabelOccursOftenEnoughToLearn) {
  const auto dataset = Make({.cases = 3000});
  std::map<std::string, double> sum;
  for (int64_t i = 0; i < dataset->size(); ++i) {
    const auto labels = dataset->Labels(i);
    ASSERT_TRUE(labels.ok());
    for (const auto& [name, value] : *labels) sum[name] += value / dataset->size();
  }
  for (int f = 0; f < kFindings; ++f) {
    RecordProperty(kFindingNames[f], std::to_string(sum[kFindingNames[f]]));
    EXPECT_GE(sum[kFindingNames[f]], 0.05) << kFindingNames[f];
    EXPECT_LE(sum[kFindingNames[f]], 0.45) << kFindingNames[f];
  }
  EXPECT_NEAR(sum["Male"], 0.55, 0.04);
  EXPECT_NEAR(sum["Age"], 58, 2);
  EXPECT_GT(sum["Died"], 0.1);
  EXPECT_LT(sum["Died"], 0.35);
  EXPECT_GT(sum["Severe COVID-19"], 0.02);
  EXPECT_EQ(sum.size(), dataset->card().label_names.size());
  for (const std::string& name : dataset->card().label_names) EXPECT_TRUE(sum.contains(name)) << name;
}

TEST(Phantom, BehavesAsDatasetsDo) { CheckDatasetConformance(*Make({.cases = 8, .size = {32, 32, 24}})); }

TEST(Phantom, VerifiesClean) {
  const auto dataset = Make({.cases = 6, .size = {48, 48, 24}});
  int64_t last = 0;
  for (const DatasetProblem& problem : dataset->Verify([&](int64_t done) { last = done; }))
    ADD_FAILURE() << problem.case_id << problem.message;
  EXPECT_EQ(last, 6);
}

TEST(Phantom, ACohortIsAPartOfThePopulation) {
  const Cohort cohort = [](const ScanFacts& facts) { return facts.findings[kCovid] ? 1.0 : facts.scan == 0 ? 0.1 : 0.0; };
  const auto few = *PhantomDataset::Create({.cases = 20, .size = {32, 32, 32}, .seed = 3, .cohort = cohort});
  const auto many = *PhantomDataset::Create({.cases = 60, .size = {32, 32, 32}, .seed = 3, .cohort = cohort});
  ASSERT_EQ(few->size(), 20);
  int covid = 0;
  for (int64_t i = 0; i < few->size(); ++i) {
    EXPECT_EQ(few->Info(i).id, many->Info(i).id);
    covid += few->Facts(i).findings[kCovid];
    EXPECT_TRUE(few->Facts(i).findings[kCovid] || few->Key(i).scan == 0) << i;
  }
  EXPECT_GT(covid, 8);
  EXPECT_LT(covid, 20);
  const auto nobody = PhantomDataset::Create({.cases = 1, .cohort = [](const ScanFacts&) { return 0.0; }});
  EXPECT_THAT(std::string(nobody.status().message()), testing::HasSubstr("are in the cohort"));
}

}  // namespace
}  // namespace asap::phantom
