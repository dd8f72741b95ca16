#include "core/testing/dataset/dataset_conformance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/types/span.h"

namespace asap {
namespace {

using Voxels = std::vector<int16_t>;

// Boxes that touch every face of a volume of this size, its inside, and single voxels at two corners.
std::vector<Box> SomeBoxes(const Index3& size) {
  std::vector<Box> boxes = {{{0, 0, 0}, {1, 1, 1}}, {{size[0] - 1, size[1] - 1, size[2] - 1}, {1, 1, 1}}};
  Box low, high, inside;
  for (int axis = 0; axis < 3; ++axis) {
    const int64_t half = (size[axis] + 1) / 2;
    low.size[axis] = half;
    high.start[axis] = size[axis] - half;
    high.size[axis] = half;
    inside.start[axis] = size[axis] / 3;
    inside.size[axis] = std::max<int64_t>(1, size[axis] / 3);
  }
  boxes.insert(boxes.end(), {low, high, inside});
  return boxes;
}

int64_t CountOf(const Box& box) { return box.size[0] * box.size[1] * box.size[2]; }

// The box's voxels out of the whole volume's, in array order.
Voxels Cut(const Voxels& whole, const Index3& size, const Box& box) {
  Voxels out;
  out.reserve(CountOf(box));
  for (int64_t x = box.start[0]; x < box.start[0] + box.size[0]; ++x) {
    for (int64_t y = box.start[1]; y < box.start[1] + box.size[1]; ++y) {
      for (int64_t z = box.start[2]; z < box.start[2] + box.size[2]; ++z) out.push_back(whole[(x * size[1] + y) * size[2] + z]);
    }
  }
  return out;
}

void CheckCard(const DatasetCard& card) {
  EXPECT_FALSE(card.name.empty());
  for (const std::string* text : {&card.title, &card.source, &card.licence, &card.population, &card.acquisition}) {
    EXPECT_FALSE(text->empty()) << "a part of the card of " << card.name << " is empty";
  }
  EXPECT_EQ(std::set<std::string>(card.label_names.begin(), card.label_names.end()).size(), card.label_names.size());
  EXPECT_TRUE(card.label_definitions.empty() || card.label_definitions.size() == card.label_names.size())
      << card.label_definitions.size() << " definitions of " << card.label_names.size() << " labels";
  EXPECT_LT(card.intensity_window[0], card.intensity_window[1]);
  EXPECT_EQ(std::set<std::string>(card.mask_classes.begin(), card.mask_classes.end()).size(), card.mask_classes.size());
  const int classes = static_cast<int>(card.mask_classes.size());
  for (const auto& [left, right] : card.mirrored_classes) {
    EXPECT_NE(left, right);
    for (int id : {left, right}) {
      EXPECT_GT(id, 0);
      EXPECT_LT(id, classes);
    }
  }
}

void CheckGeometry(const Geometry& geometry) {
  for (int axis = 0; axis < 3; ++axis) {
    EXPECT_GT(geometry.size[axis], 0);
    EXPECT_GT(geometry.spacing[axis], 0);
    EXPECT_TRUE(std::isfinite(geometry.spacing[axis]) && std::isfinite(geometry.origin[axis]));
    for (int other = 0; other <= axis; ++other) {
      double product = 0;
      for (int row = 0; row < 3; ++row) product += geometry.direction[3 * row + axis] * geometry.direction[3 * row + other];
      EXPECT_NEAR(product, axis == other ? 1 : 0, 1e-3) << "the axes' directions are not orthonormal";
    }
  }
}

// Reads all of it, then boxes, serially and from threads, then what must be refused. Returns the whole.
Voxels CheckReads(const VoxelSource& source, const std::function<absl::StatusOr<std::unique_ptr<VoxelSource>>()>& open_again) {
  const Index3 size = source.geometry().size;
  Voxels whole(source.geometry().voxels());
  const absl::Status status = source.Read({.start = {0, 0, 0}, .size = size}, absl::MakeSpan(whole));
  EXPECT_TRUE(status.ok()) << status;
  if (!status.ok()) return {};

  const std::vector<Box> boxes = SomeBoxes(size);
  std::vector<Voxels> serial;
  for (const Box& box : boxes) {
    serial.emplace_back(CountOf(box));
    EXPECT_TRUE(source.Read(box, absl::MakeSpan(serial.back())).ok());
    EXPECT_TRUE(serial.back() == Cut(whole, size, box)) << "a box differs from the same part of the whole";
  }
  std::vector<std::thread> threads;
  std::vector<int> differing(4, 0);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      // Two threads share the open source, two open their own.
      std::unique_ptr<VoxelSource> own;
      if (t >= 2) {
        auto opened = open_again();
        if (!opened.ok()) {
          ++differing[t];
          return;
        }
        own = *std::move(opened);
      }
      const VoxelSource& mine = own == nullptr ? source : *own;
      for (size_t i = 0; i < boxes.size(); ++i) {
        const size_t b = (i + t) % boxes.size();
        Voxels out(CountOf(boxes[b]));
        if (!mine.Read(boxes[b], absl::MakeSpan(out)).ok() || out != serial[b]) ++differing[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(differing, std::vector<int>(4, 0)) << "reads from threads differ from serial ones";

  for (int axis = 0; axis < 3; ++axis) {
    Box beyond = {.start = {0, 0, 0}, .size = {1, 1, 1}};
    beyond.start[axis] = size[axis];
    Voxels one(1);
    EXPECT_FALSE(source.Read(beyond, absl::MakeSpan(one)).ok()) << "a box beyond the volume was read";
    beyond.start[axis] = -1;
    EXPECT_FALSE(source.Read(beyond, absl::MakeSpan(one)).ok()) << "a box before the volume was read";
  }
  return whole;
}

void CheckCase(const Dataset& dataset, int64_t index) {
  const CaseInfo info = dataset.Info(index);
  SCOPED_TRACE("case " + info.id);
  const auto report = dataset.Report(index);
  EXPECT_TRUE(report.ok()) << report.status();
  const auto volume = dataset.Volume(index);
  ASSERT_TRUE(volume.ok()) << volume.status();
  const Geometry geometry = (*volume)->geometry();
  CheckGeometry(geometry);
  const Voxels whole = CheckReads(**volume, [&] { return dataset.Volume(index); });
  const auto again = dataset.Volume(index);
  ASSERT_TRUE(again.ok()) << again.status();
  Voxels repeated(geometry.voxels());
  ASSERT_TRUE((*again)->Read({.size = geometry.size}, absl::MakeSpan(repeated)).ok());
  EXPECT_TRUE(whole == repeated) << "opening a volume twice gives different voxels";

  EXPECT_FALSE(dataset.Fingerprint(index).empty()) << "a case whose files are there must tell their state";
  EXPECT_EQ(dataset.Fingerprint(index), dataset.Fingerprint(index));
  EXPECT_EQ(dataset.MaskFingerprint(index).empty(), !info.has_mask) << "the mask's state is told where there is one";

  const auto mask = dataset.Mask(index);
  if (!info.has_mask) {
    EXPECT_EQ(mask.status().code(), absl::StatusCode::kNotFound) << "a case without a mask must say so";
    return;
  }
  ASSERT_TRUE(mask.ok()) << mask.status();
  EXPECT_EQ((*mask)->geometry().size, geometry.size);
  for (int axis = 0; axis < 3; ++axis) EXPECT_NEAR((*mask)->geometry().spacing[axis], geometry.spacing[axis], 1e-3);
  const Voxels labels = CheckReads(**mask, [&] { return dataset.Mask(index); });
  const int classes = static_cast<int>(dataset.card().mask_classes.size());
  EXPECT_TRUE(std::all_of(labels.begin(), labels.end(), [&](int16_t label) { return label >= 0 && label < classes; }))
      << "a mask holds a label without a name in the card";
}

void CheckTables(const Dataset& dataset) {
  const std::vector<std::string> names = dataset.TableNames();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  for (const std::string& name : names) {
    SCOPED_TRACE("table " + name);
    const auto rows = dataset.Table(name);
    ASSERT_TRUE(rows.ok()) << rows.status();
    for (const DatasetRow& row : *rows) {
      EXPECT_GE(row.index, 0);
      EXPECT_LT(row.index, dataset.size()) << "a row is of no case";
    }
  }
  EXPECT_EQ(dataset.Table("no such table").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace

void CheckDatasetConformance(const Dataset& dataset, const DatasetConformanceOptions& options) {
  const DatasetCard& card = dataset.card();
  CheckCard(card);
  ASSERT_GT(dataset.size(), 0);
  const std::set<std::string> label_names(card.label_names.begin(), card.label_names.end());
  std::set<std::string> ids, fingerprints;
  for (int64_t i = 0; i < dataset.size(); ++i) {
    const CaseInfo info = dataset.Info(i);
    EXPECT_FALSE(info.id.empty()) << "case " << i;
    EXPECT_FALSE(info.patient.empty()) << "case " << info.id;
    EXPECT_TRUE(ids.insert(info.id).second) << "two cases are called " << info.id;
    EXPECT_TRUE(dataset.Fingerprint(i).empty() || fingerprints.insert(dataset.Fingerprint(i)).second)
        << "two cases have the fingerprint " << dataset.Fingerprint(i);
    EXPECT_TRUE(info.split.empty() || info.split == "train" || info.split == "valid" || info.split == "test")
        << "case " << info.id << ": split \"" << info.split << "\"";
    const auto labels = dataset.Labels(i);
    ASSERT_TRUE(labels.ok()) << labels.status();
    for (const auto& [name, value] : *labels) {
      EXPECT_TRUE(label_names.contains(name)) << "the label \"" << name << "\" is not in the card";
      EXPECT_TRUE(std::isfinite(value)) << name;
    }
  }
  CheckTables(dataset);
  for (int64_t i = 0; i < std::min(dataset.size(), options.max_cases); ++i) CheckCase(dataset, i);
  if (!options.verify_clean) return;
  int64_t last = 0;
  bool in_order = true;
  for (const DatasetProblem& problem : dataset.Verify([&](int64_t done) { in_order &= done == ++last; })) {
    ADD_FAILURE() << "Verify: case \"" << problem.case_id << "\": " << problem.message << " (" << problem.remedy << ")";
  }
  EXPECT_TRUE(in_order) << "progress must be reported as 1, 2, ...";
  EXPECT_EQ(last, dataset.size());
  EXPECT_TRUE(dataset.Verify(nullptr).empty());
}

}  // namespace asap
