// The fixture of the readers' tests: the phantom, written in the dataset's layout and opened by the dataset's reader.
//
//   class StoicTest : public WrittenDatasetTest {
//    protected:
//     StoicTest() : WrittenDatasetTest("stoic", {.cases = 14, .size = {28, 24, 20}, .seed = 4}) {}
//   };
//   TEST_F(StoicTest, BothLayoutsAreThePhantom) {
//     for (const bool prepared : {false, true}) {
//       const auto dataset = OpenWritten(prepared);   // conforms, and has the phantom's cases
//       for (int64_t i = 0; i < dataset->size(); ++i) ExpectScan(*dataset, i, ...);
//     }
//   }
//   TEST_F(StoicTest, ATruncatedScanIsNamed) {
//     WriteScans();
//     fs::resize_file(Path("data/mha/1.mha"), 99);
//     EXPECT_THAT(ProblemsByCase(*Open()), ...);
//   }
#ifndef ASAP_DATASETS_TESTING_WRITTEN_DATASET_H_
#define ASAP_DATASETS_TESTING_WRITTEN_DATASET_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/data/volume_cache/volume_cache.h"
#include "core/dataset.h"
#include "datasets/phantom/layouts/layout.h"
#include "datasets/phantom/phantom.h"

namespace asap {

class WrittenDatasetTest : public ::testing::Test {
 protected:
  // `dataset` is the registered name of reader and layout, `phantom` what is written.
  WrittenDatasetTest(std::string dataset, phantom::PhantomOptions phantom);

  // Puts the phantom's files into root_, in place of whatever is there. Each is written once in a process, and copied for each
  // test, which may break its own. `cases`: as many in place of the fixture's; 0 for these.
  void WriteScans(bool prepared = false, int64_t cases = 0);

  // Null, and a failure of the test, where it does not open.
  std::unique_ptr<Dataset> Open(const std::map<std::string, std::string>& parameters = {}, const std::string& split = "",
                                std::shared_ptr<VolumeCache> cache = nullptr) const;
  // Writes, opens, and holds that the dataset has as many cases as the phantom (null where not) and conforms.
  std::unique_ptr<Dataset> OpenWritten(bool prepared);
  // Why it does not open; empty where it does.
  std::string Error(const std::map<std::string, std::string>& parameters = {}) const;
  std::string ErrorOf(const DatasetOptions& options) const;

  // Below root_.
  std::string Path(const std::string& name) const;
  std::string Read(const std::string& name) const;
  void WriteText(const std::string& name, const std::string& contents) const;
  std::shared_ptr<VolumeCache> NewCache() const;

  // That case `at` of the reader has the voxels of the phantom's case `index`; `stored`: what the reader gives for a HU, where
  // that is another value.
  void ExpectVoxels(const Dataset& read, int64_t at, int64_t index,
                    const std::function<int16_t(int16_t hu)>& stored = nullptr) const;
  // And its grid: spacing within `spacing` mm, the place of the first voxel within `origin` mm.
  void ExpectScan(const Dataset& read, int64_t at, int64_t index, double spacing = 1e-4, double origin = 1e-3) const;

  const std::string dataset_;
  const phantom::PhantomOptions phantom_;
  std::string root_;                                // of this test
  const phantom::PhantomDataset* truth_ = nullptr;  // what WriteScans wrote last
};

// All voxels, in array order; a failure of the test and none where they cannot be read.
std::vector<int16_t> Voxels(const absl::StatusOr<std::unique_ptr<VoxelSource>>& source);

// "error: message\n" and "warning: message\n" of each case that Verify names, "" being the dataset; each has a remedy.
std::map<std::string, std::string> ProblemsByCase(const Dataset& dataset);

}  // namespace asap

#endif  // ASAP_DATASETS_TESTING_WRITTEN_DATASET_H_
