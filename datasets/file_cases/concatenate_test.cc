#include "datasets/file_cases/concatenate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "core/testing/dataset/dataset_conformance.h"
#include "datasets/phantom/phantom.h"

namespace asap {
namespace {

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
  }
  CheckDatasetConformance(*whole);
}

TEST(Concatenate, OnePartStays) {
  std::vector<std::unique_ptr<Dataset>> parts;
  parts.push_back(Part("train"));
  const Dataset* part = parts[0].get();
  EXPECT_EQ(Concatenate(std::move(parts)).get(), part);
}

}  // namespace
}  // namespace asap
