// FileDataset::Verify: reads every file of every case.
#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "core/base/cores.h"
#include "core/base/status.h"
#include "core/csv/missing.h"
#include "core/imaging/formats/read_volume.h"
#include "core/imaging/geometry.h"
#include "core/imaging/hu_check.h"
#include "core/imaging/reorient.h"
#include "datasets/file_cases/compare_grids.h"
#include "datasets/file_cases/file_dataset.h"
#include "datasets/file_cases/same_files.h"

namespace asap {
namespace {

// Reports of chest CT have some hundreds of words; many times that is rather a table gone wrong than a report.
constexpr int64_t kMostWords = 5000;

int64_t CountWords(absl::string_view text) {
  int64_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = absl::ascii_isspace(static_cast<unsigned char>(c));
    words += !space && !inside;
    inside = !space;
  }
  return words;
}

using Severity = DatasetProblem::Severity;

// Each worker holds a volume and a mask in memory, perhaps 1 GB: more workers would not read a disk any faster.
constexpr unsigned kMostWorkers = 4;

bool IsEmptyText(const std::string& cell) { return IsMissingCell(absl::StripAsciiWhitespace(cell)); }

// The least and the greatest value, reading slab by slab along axis 2.
absl::Status ValueRange(const VoxelSource& source, int16_t* low, int16_t* high) {
  const Index3 size = source.geometry().size;
  const int64_t slab = std::max<int64_t>(1, (int64_t{4} << 20) / std::max<int64_t>(1, size[0] * size[1]));
  std::vector<int16_t> voxels;
  *low = std::numeric_limits<int16_t>::max();
  *high = std::numeric_limits<int16_t>::min();
  for (int64_t z = 0; z < size[2]; z += slab) {
    const Box box = {.start = {0, 0, z}, .size = {size[0], size[1], std::min(slab, size[2] - z)}};
    voxels.resize(box.size[0] * box.size[1] * box.size[2]);
    if (absl::Status status = source.Read(box, absl::MakeSpan(voxels)); !status.ok()) return status;
    const auto [least, greatest] = std::minmax_element(voxels.begin(), voxels.end());
    *low = std::min(*low, *least);
    *high = std::max(*high, *greatest);
  }
  return absl::OkStatus();
}

// The class of `pair` whose name says "left", then the other; {0, 0} where the names do not say.
std::pair<int, int> LeftAndRight(const DatasetCard& card, std::pair<int, int> pair) {
  const auto says = [&](int id, absl::string_view side) { return absl::StrContains(card.mask_classes[id], side); };
  if (says(pair.first, "left") && says(pair.second, "right")) return pair;
  if (says(pair.first, "right") && says(pair.second, "left")) return {pair.second, pair.first};
  return {0, 0};
}

// The centre of each class in world coordinates; none for a class without voxels.
absl::StatusOr<std::vector<std::optional<std::array<double, 3>>>> Centres(const VoxelSource& mask, size_t classes) {
  const Index3 size = mask.geometry().size;
  std::vector<std::array<double, 3>> sums(classes, {0, 0, 0});
  std::vector<int64_t> counts(classes, 0);
  std::vector<int16_t> voxels(size[1] * size[2]);
  for (int64_t x = 0; x < size[0]; ++x) {
    if (absl::Status status = mask.Read({{x, 0, 0}, {1, size[1], size[2]}}, absl::MakeSpan(voxels)); !status.ok()) return status;
    for (int64_t y = 0, at = 0; y < size[1]; ++y) {
      for (int64_t z = 0; z < size[2]; ++z, ++at) {
        const size_t label = static_cast<size_t>(voxels[at]);
        if (label == 0 || label >= classes) continue;
        sums[label][0] += static_cast<double>(x);
        sums[label][1] += static_cast<double>(y);
        sums[label][2] += static_cast<double>(z);
        ++counts[label];
      }
    }
  }
  std::vector<std::optional<std::array<double, 3>>> centres(classes);
  for (size_t label = 0; label < classes; ++label) {
    if (counts[label] == 0) continue;
    for (double& sum : sums[label]) sum /= static_cast<double>(counts[label]);
    centres[label] = IndexToWorld(mask.geometry(), sums[label]);
  }
  return centres;
}

// Whether a left one of two classes lies to the patient's right of the right one; empty where none does.
std::string Exchanged(const VoxelSource& mask, const DatasetCard& card) {
  if (card.mirrored_classes.empty()) return "";
  const auto centres = Centres(mask, card.mask_classes.size());
  if (!centres.ok()) return std::string(centres.status().message());
  for (const std::pair<int, int>& pair : card.mirrored_classes) {
    const auto [left, right] = LeftAndRight(card, pair);
    if (left == 0 || !(*centres)[left].has_value() || !(*centres)[right].has_value()) continue;
    if ((*(*centres)[left])[0] > (*(*centres)[right])[0]) {
      return absl::StrCat("its \"", card.mask_classes[left], "\" lies to the right of its \"", card.mask_classes[right], "\"");
    }
  }
  return "";
}

// What is wrong with the voxels of a volume that can be read; empty where nothing is.
std::string Implausible(const VoxelSource& volume, const DatasetCard& card) {
  if (card.hounsfield) {
    std::string warning;
    const absl::Status plausible = HuPlausibility(volume, &warning);
    return plausible.ok() ? warning : std::string(plausible.message());
  }
  int16_t low = 0, high = 0;
  if (const absl::Status status = ValueRange(volume, &low, &high); !status.ok()) return std::string(status.message());
  const auto [least, greatest] = card.intensity_window;
  if (low >= least && high <= greatest && low < high) return "";
  return absl::StrCat("the values run from ", low, " to ", high, "; expected different ones from ", least, " to ", greatest);
}

}  // namespace

std::vector<DatasetProblem> FileDataset::VerifyCase(int64_t index) const {
  const FileCase row = parts_.cases[index];
  std::vector<DatasetProblem> problems;
  const auto add = [&](Severity severity, absl::string_view message, absl::string_view remedy) {
    problems.push_back({severity, std::string(row.id), std::string(message), std::string(remedy)});
  };

  const absl::StatusOr<ReportText> report = Report(index);
  if (!parts_.reports) {
    // Nothing to look at.
  } else if (!report.ok()) {
    add(Severity::kError, report.status().message(), "do not change the table while it is read");
  } else if (IsEmptyText(report->findings) && IsEmptyText(report->impression)) {
    add(Severity::kError, absl::StrCat(parts_.table_path, ": findings and impression are both empty"),
        "fill in the report, or remove the row");
  } else if (IsEmptyText(report->findings)) {
    add(Severity::kWarning, absl::StrCat(parts_.table_path, ": the findings are empty, so no sentence can be aligned"),
        "fill in the findings if the report has them");
  }
  if (const int64_t words = report.ok() ? CountWords(report->findings) + CountWords(report->impression) : 0; words > kMostWords) {
    add(Severity::kError, absl::StrCat(parts_.table_path, ": the report has ", words, " words, expected at most ", kMostWords),
        "mend the row, where a quote is perhaps never closed; where bad cases are skipped the text is cut at the model's length");
  }

  const absl::StatusOr<std::string> volume_path = parts_.volume_path(row.volume);
  if (!volume_path.ok()) {
    add(Severity::kError, volume_path.status().message(), "restore the file, or leave the case out");
    return problems;
  }
  bool good = true;
  if (parts_.verify_volume != nullptr) {
    for (const DatasetProblem& problem : parts_.verify_volume(*volume_path)) {
      add(problem.severity, problem.message, problem.remedy);
      good = good && problem.severity != Severity::kError;
    }
  }
  if (!good) return problems;
  const absl::StatusOr<std::unique_ptr<VoxelSource>> volume = OpenFile(*volume_path, VolumeTransform::Kind::kImage);
  if (!volume.ok()) {
    add(Severity::kError, volume.status().message(),
        absl::IsNotFound(volume.status()) ? "restore the file, or correct its path in the table"
                                          : "copy or convert the file again, or leave the case out");
  } else if (const std::string implausible = Implausible(**volume, parts_.card); !implausible.empty()) {
    add(Severity::kWarning, absl::StrCat(*volume_path, ": ", implausible),
        parts_.card.hounsfield ? "convert the voxels to Hounsfield units (rescale slope and intercept, once)"
                               : "look at the volume, and make it anew from its source");
  }

  if (row.mask.empty()) return problems;
  const std::string mask_path = parts_.mask_path(row.mask);
  const absl::StatusOr<std::unique_ptr<VoxelSource>> mask = OpenFile(mask_path, VolumeTransform::Kind::kLabels);
  if (!mask.ok()) {
    add(Severity::kError, mask.status().message(),
        absl::IsNotFound(mask.status()) ? "restore the mask, or take its mention away" : "make the mask again, or take it away");
    return problems;
  }
  if (volume.ok()) {
    // Resampled grids have lost where they lie.
    const auto grid_in_ras = [](const std::string& path) -> absl::StatusOr<Geometry> {
      ASAP_ASSIGN_OR_RETURN(const Geometry stored, ReadGeometry(path));
      return RasGeometry(stored);
    };
    const absl::StatusOr<Geometry> volume_grid = parts_.spacing ? grid_in_ras(*volume_path) : (*volume)->geometry();
    const absl::StatusOr<Geometry> mask_grid = parts_.spacing ? grid_in_ras(mask_path) : (*mask)->geometry();
    for (const absl::Status& status : {volume_grid.status(), mask_grid.status()}) {
      if (!status.ok()) add(Severity::kError, status.message(), "copy or convert the file again");
    }
    if (!volume_grid.ok() || !mask_grid.ok()) return problems;
    for (const DatasetProblem& problem : CompareGrids(*volume_grid, *volume_path, *mask_grid, mask_path)) {
      add(problem.severity, problem.message, problem.remedy);
    }
  }
  int16_t low = 0, high = 0;
  const int16_t last = static_cast<int16_t>(parts_.card.mask_classes.size()) - 1;
  if (absl::Status status = ValueRange(**mask, &low, &high); !status.ok()) {
    add(Severity::kError, status.message(), "make the mask again, or take it away");
  } else if (low < 0 || high > last) {
    add(Severity::kError, absl::StrCat(mask_path, ": labels run from ", low, " to ", high, "; expected 0 to ", last),
        "map the labels to these classes, or name all classes (parameter mask_classes)");
  } else if (high == 0) {
    add(Severity::kWarning, absl::StrCat(mask_path, ": the mask is empty"), "make the mask again, or take it away");
  } else if (const std::string exchanged = Exchanged(**mask, parts_.card); !exchanged.empty()) {
    add(Severity::kWarning, absl::StrCat(mask_path, ": ", exchanged),
        "look at one overlay: the mask is flipped, its ids are exchanged, or its header tells the wrong orientation");
  }
  return problems;
}

std::vector<DatasetProblem> FileDataset::Verify(const std::function<void(int64_t done)>& progress) const {
  std::vector<DatasetProblem> problems = parts_.problems;
  for (const SplitConflict& conflict : parts_.conflicts) {
    problems.push_back(
        {Severity::kError, conflict.case_id,
         absl::StrCat(parts_.table_path, ": the patient of this case (split \"", conflict.split, "\") is also that of case ",
                      conflict.other_case_id, " (split \"", conflict.other_split, "\")"),
         "give all cases of a patient the same split: what training saw must not be tested on"});
  }
  for (DatasetProblem& problem : FindSameFiles(parts_)) problems.push_back(std::move(problem));
  std::atomic<int64_t> next = 0;
  std::mutex mutex;
  int64_t done = 0;
  std::map<int64_t, std::vector<DatasetProblem>> by_case;  // only cases that have any
  const auto work = [&] {
    for (int64_t index = next++; index < size(); index = next++) {
      std::vector<DatasetProblem> found = VerifyCase(index);
      const std::lock_guard<std::mutex> lock(mutex);
      if (!found.empty()) by_case[index] = std::move(found);
      ++done;
      if (progress) progress(done);
    }
  };
  std::vector<std::thread> workers;
  const unsigned count = std::min<unsigned>(UsableCores(), kMostWorkers);
  for (unsigned i = 1; i < count; ++i) workers.emplace_back(work);
  work();
  for (std::thread& worker : workers) worker.join();
  for (auto& [index, found] : by_case) {
    for (DatasetProblem& problem : found) problems.push_back(std::move(problem));
  }
  return problems;
}

}  // namespace asap
