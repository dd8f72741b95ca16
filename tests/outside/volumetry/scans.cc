#include "scans.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/base/suggest.h"
#include "core/benchmark/case_volumes.h"

namespace asap::volumetry {
namespace {

constexpr double kCubicMmInALitre = 1e6;

absl::StatusOr<double> Litres(const Dataset& dataset, int64_t index, const std::set<int16_t>& ids) {
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<VoxelSource> mask, dataset.Mask(index));
  const Geometry& grid = mask->geometry();
  std::vector<int16_t> voxels(grid.voxels());
  ASAP_RETURN_IF_ERROR(mask->Read({.size = grid.size}, absl::MakeSpan(voxels)));
  const auto inside = std::count_if(voxels.begin(), voxels.end(), [&ids](int16_t id) { return ids.count(id) > 0; });
  return static_cast<double>(inside) * grid.spacing[0] * grid.spacing[1] * grid.spacing[2] / kCubicMmInALitre;
}

}  // namespace

Scans Scans::Known() const {
  Scans known;
  for (size_t i = 0; i < cases.size(); ++i) {
    if (std::isnan(litres[i])) continue;
    known.cases.push_back(cases[i]);
    known.litres.push_back(litres[i]);
  }
  return known;
}

absl::StatusOr<Scans> ReadScans(const Dataset& dataset, const std::vector<int64_t>& cases,
                                const std::vector<std::string>& classes, const TaskContext& context) {
  const std::vector<std::string>& names = dataset.card().mask_classes;
  std::set<int16_t> ids;
  for (const std::string& name : classes) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("dataset ", dataset.card().name, ": ", UnknownName("class of masks", name, names)));
    }
    ids.insert(static_cast<int16_t>(found - names.begin()));
  }
  Scans scans{.cases = cases};
  for (const int64_t index : cases) {
    const int64_t done = static_cast<int64_t>(scans.litres.size());
    if (context.progress != nullptr && !context.progress("reading masks", done, static_cast<int64_t>(cases.size()))) {
      return absl::CancelledError("stopped while masks were read");
    }
    const CaseInfo info = dataset.Info(index);
    const absl::StatusOr<double> litres = info.has_mask ? Litres(dataset, index, ids) : NAN;
    if (!litres.ok()) return Annotate(litres.status(), info.id);
    scans.litres.push_back(*litres);
  }
  return scans;
}

absl::StatusOr<at::Tensor> NetworkInputOf(const Dataset& dataset, int64_t index, const EncoderSpec& encoder) {
  return CaseVolumes(dataset, {index}, encoder, {.window = dataset.card().intensity_window});
}

std::unique_ptr<TrainingBatch> ScanReader::Allocate(int64_t rows, bool pinned) const {
  const auto options = at::TensorOptions().dtype(at::kFloat).pinned_memory(pinned);
  auto batch = std::make_unique<ScanBatch>();
  batch->case_ids.resize(rows);
  batch->volumes = at::empty({rows, 1, encoder_.volume[0], encoder_.volume[1], encoder_.volume[2]}, options);
  batch->litres = at::empty({rows}, options);
  return batch;
}

int64_t ScanReader::Bytes(int64_t rows) const {
  const int64_t numbers = encoder_.volume[0] * encoder_.volume[1] * encoder_.volume[2] + 1;
  return rows * numbers * static_cast<int64_t>(sizeof(float));
}

absl::Status ScanReader::Fill(const RowDraw& draw, int64_t row, TrainingBatch& batch) const {
  auto& scans = dynamic_cast<ScanBatch&>(batch);
  ASAP_ASSIGN_OR_RETURN(const at::Tensor volume, NetworkInputOf(*dataset_, scans_.cases[draw.index], encoder_));
  scans.volumes[row].copy_(volume[0]);
  scans.litres[row].fill_(scans_.litres[draw.index]);
  scans.case_ids[row] = CaseId(draw.index);
  return absl::OkStatus();
}

}  // namespace asap::volumetry
