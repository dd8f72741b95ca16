#include "datasets/testing/written_dataset.h"

#include <filesystem>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/testing/dataset/dataset_conformance.h"
#include "datasets/phantom/layouts/write_dataset.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

struct Written {
  std::string folder;
  std::unique_ptr<phantom::PhantomDataset> truth;
};

// Of a process: by dataset, whether prepared, and cases.
const Written* WriteOnce(const std::string& dataset, bool prepared, const phantom::PhantomOptions& phantom) {
  static auto* all = new std::map<std::tuple<std::string, bool, int64_t>, Written>;
  Written& written = (*all)[{dataset, prepared, phantom.cases}];
  if (written.truth != nullptr) return &written;
  written.folder = absl::StrCat(::testing::TempDir(), "/written/", dataset, prepared ? "_prepared_" : "_", phantom.cases);
  fs::remove_all(written.folder);
  auto truth = WritePhantom(dataset, {.root = written.folder, .prepared = prepared}, phantom);
  EXPECT_TRUE(truth.ok()) << truth.status();
  if (!truth.ok()) return nullptr;
  written.truth = *std::move(truth);
  return &written;
}

}  // namespace

WrittenDatasetTest::WrittenDatasetTest(std::string dataset, phantom::PhantomOptions phantom)
    : dataset_(std::move(dataset)),
      phantom_(std::move(phantom)),
      root_(absl::StrCat(::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
  fs::remove_all(root_);
  fs::create_directories(root_);
}

void WrittenDatasetTest::WriteScans(bool prepared, int64_t cases) {
  phantom::PhantomOptions phantom = phantom_;
  if (cases > 0) phantom.cases = cases;
  const Written* written = WriteOnce(dataset_, prepared, phantom);
  ASSERT_NE(written, nullptr);
  fs::remove_all(root_);
  fs::copy(written->folder, root_, fs::copy_options::recursive);
  truth_ = written->truth.get();
}

std::unique_ptr<Dataset> WrittenDatasetTest::Open(const std::map<std::string, std::string>& parameters, const std::string& split,
                                                  std::shared_ptr<VolumeCache> cache) const {
  auto dataset = OpenDataset(dataset_, {.root = root_,
                                        .table = Path("pairs.csv"),  // of the layout pairs; the others read none
                                        .split = split,
                                        .parameters = parameters,
                                        .cache = std::move(cache)});
  EXPECT_TRUE(dataset.ok()) << dataset.status();
  return dataset.ok() ? *std::move(dataset) : nullptr;
}

std::unique_ptr<Dataset> WrittenDatasetTest::OpenWritten(bool prepared) {
  WriteScans(prepared);
  auto dataset = Open();
  if (dataset == nullptr) return nullptr;
  EXPECT_EQ(dataset->size(), truth_->size());
  if (dataset->size() != truth_->size()) return nullptr;
  CheckDatasetConformance(*dataset);
  return dataset;
}

std::string WrittenDatasetTest::ErrorOf(const DatasetOptions& options) const {
  return std::string(OpenDataset(dataset_, options).status().message());
}

std::string WrittenDatasetTest::Error(const std::map<std::string, std::string>& parameters) const {
  return ErrorOf({.root = root_, .parameters = parameters});
}

std::string WrittenDatasetTest::Path(const std::string& name) const { return absl::StrCat(root_, "/", name); }

std::string WrittenDatasetTest::Read(const std::string& name) const {
  const absl::StatusOr<std::string> contents = ReadFile(Path(name));
  EXPECT_TRUE(contents.ok()) << contents.status();
  return contents.value_or("");
}

void WrittenDatasetTest::WriteText(const std::string& name, const std::string& contents) const {
  const absl::Status status = WriteFileAtomically(Path(name), contents);
  ASSERT_TRUE(status.ok()) << status;
}

std::shared_ptr<VolumeCache> WrittenDatasetTest::NewCache() const {
  return std::make_shared<VolumeCache>(
      VolumeCacheOptions{.folder = Path("cache"), .max_bytes = int64_t{1} << 30, .keep_free_bytes = 0});
}

void WrittenDatasetTest::ExpectVoxels(const Dataset& read, int64_t at, int64_t index,
                                      const std::function<int16_t(int16_t hu)>& stored) const {
  SCOPED_TRACE(read.Info(at).id);
  const auto volume = read.Volume(at), truth = truth_->Volume(index);
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_EQ((*volume)->geometry().size, (*truth)->geometry().size);
  std::vector<int16_t> wanted = Voxels(truth);
  for (size_t v = 0; stored != nullptr && v < wanted.size(); ++v) wanted[v] = stored(wanted[v]);
  EXPECT_TRUE(Voxels(volume) == wanted) << "voxels differ from those of the phantom's case " << truth_->Info(index).id;
}

void WrittenDatasetTest::ExpectScan(const Dataset& read, int64_t at, int64_t index, double spacing, double origin) const {
  ASSERT_NO_FATAL_FAILURE(ExpectVoxels(read, at, index));
  const Geometry grid = (*read.Volume(at))->geometry(), truth = (*truth_->Volume(index))->geometry();
  for (int axis = 0; axis < 3; ++axis) {
    EXPECT_NEAR(grid.spacing[axis], truth.spacing[axis], spacing) << read.Info(at).id;
    EXPECT_NEAR(grid.origin[axis], truth.origin[axis], origin) << read.Info(at).id;
  }
}

std::vector<int16_t> Voxels(const absl::StatusOr<std::unique_ptr<VoxelSource>>& source) {
  EXPECT_TRUE(source.ok()) << source.status();
  if (!source.ok()) return {};
  std::vector<int16_t> voxels((*source)->geometry().voxels());
  const absl::Status status = (*source)->Read({.size = (*source)->geometry().size}, absl::MakeSpan(voxels));
  EXPECT_TRUE(status.ok()) << status;
  return voxels;
}

std::map<std::string, std::string> ProblemsByCase(const Dataset& dataset) {
  std::map<std::string, std::string> problems;
  for (const DatasetProblem& problem : dataset.Verify(nullptr)) {
    EXPECT_FALSE(problem.remedy.empty()) << problem.message;
    problems[problem.case_id] +=
        absl::StrCat(problem.severity == DatasetProblem::Severity::kError ? "error: " : "warning: ", problem.message, "\n");
  }
  return problems;
}

}  // namespace asap
