#include "datasets/file_cases/concatenate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "core/testing/dataset/dataset_conformance.h"
#include "core/testing/dataset/fake_dataset.h"
#include "datasets/phantom/phantom.h"

namespace asap {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

std::unique_ptr<Dataset> Part(const char* split) {
  auto part = phantom::PhantomDataset::Create({.cases = 16, .size = {20, 20, 16}, .seed = 2}, split);
  EXPECT_TRUE(part.ok()) << part.status();
  return *std::move(part);
}

TEST(Concatenate, CasesOfAllPartsInOrder) {
  const std::unique_ptr<Dataset> train = Part("train"), test = Part("test");
  std::vector<std::unique_ptr<Dataset>> parts;
  parts.push_back(Part("train"));
  parts.push_back(Part("test"));
  const std::unique_ptr<Dataset> whole = Concatenate(std::move(parts));
  ASSERT_EQ(whole->size(), train->size() + test->size());
  for (int64_t i = 0; i < whole->size(); ++i) {
    const Dataset& part = i < train->size() ? *train : *test;
    const int64_t within = i < train->size() ? i : i - train->size();
    EXPECT_EQ(whole->Info(i).id, part.Info(within).id);
    EXPECT_EQ(whole->Info(i).split, part.Info(within).split);
    EXPECT_EQ(*whole->Labels(i), *part.Labels(within));
    EXPECT_EQ(whole->Report(i)->findings, part.Report(within)->findings);
    EXPECT_EQ(whole->Fingerprint(i), part.Fingerprint(within));
    EXPECT_EQ(whole->MaskFingerprint(i), part.MaskFingerprint(within));
  }
  CheckDatasetConformance(*whole);
}

TEST(Concatenate, TablesOfAllParts) {
  auto first = std::make_unique<FakeDataset>(3), second = std::make_unique<FakeDataset>(2),
       third = std::make_unique<FakeDataset>(4);
  first->tables["questions"] = {{.index = 1, .fields = {{"answer", "yes"}}}};
  second->tables["masks"] = {{.index = 0}};
  third->tables["questions"] = {{.index = 3, .fields = {{"answer", "no"}}}, {.index = 0}};
  std::vector<std::unique_ptr<Dataset>> parts;
  for (auto* part : {&first, &second, &third}) parts.push_back(std::move(*part));
  const std::unique_ptr<Dataset> whole = Concatenate(std::move(parts));
  EXPECT_THAT(whole->TableNames(), ElementsAre("masks", "questions"));
  const auto questions = whole->Table("questions");
  ASSERT_TRUE(questions.ok()) << questions.status();
  ASSERT_THAT(*questions, SizeIs(3));
  EXPECT_EQ((*questions)[0].index, 1);
  EXPECT_EQ((*questions)[1].index, 8);
  EXPECT_EQ((*questions)[1].fields.at("answer"), "no");
  EXPECT_EQ((*questions)[2].index, 5);
  EXPECT_EQ(whole->Table("masks")->at(0).index, 3);
  EXPECT_EQ(whole->Table("mask").status().message(), "dataset fake: has no table \"mask\" but masks, questions");
}

TEST(Concatenate, OnePartStays) {
  std::vector<std::unique_ptr<Dataset>> parts;
  parts.push_back(Part("train"));
  const Dataset* part = parts[0].get();
  EXPECT_EQ(Concatenate(std::move(parts)).get(), part);
}

}  // namespace
}  // namespace asap
