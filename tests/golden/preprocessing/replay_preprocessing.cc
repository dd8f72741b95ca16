#include "tests/golden/preprocessing/replay_preprocessing.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/imaging/augment.h"
#include "core/imaging/formats/read_volume.h"
#include "core/imaging/geometry.h"
#include "core/imaging/memory_source.h"
#include "core/imaging/reorient.h"
#include "core/imaging/resample.h"
#include "core/io/safetensors.h"

namespace asap::golden {
namespace {

using nlohmann::json;

// A limit on the largest absolute difference; zero is "exact".
struct Limit {
  double max_abs;
  std::string text;
};
const Limit kExact = {0, "exact"};
const Limit kResized = {2e-3, "2e-3 HU"};
const Limit kAugmented = {3e-7, "3e-7"};

Row Compare(const std::string& key, const std::vector<double>& actual, const std::vector<double>& expected, const Limit& limit) {
  Row row = {.key = key, .tolerance = limit.text};
  if (actual.size() != expected.size()) {
    row.max_abs = row.max_rel = INFINITY;
    row.tolerance = absl::StrCat(limit.text, " (", actual.size(), " elements, expected ", expected.size(), ")");
    return row;
  }
  double scale = 0;
  for (size_t i = 0; i < actual.size(); ++i) {
    const double difference = std::abs(actual[i] - expected[i]);
    row.max_abs = std::isnan(difference) ? INFINITY : std::max(row.max_abs, difference);
    scale = std::max(scale, std::abs(expected[i]));
  }
  row.max_rel = scale > 0 ? row.max_abs / scale : row.max_abs;
  row.ok = row.max_abs <= limit.max_abs;
  return row;
}

// File order (axis 0 fastest) to the fixtures' array order (axis 2 fastest).
template <typename T>
std::vector<double> ArrayOrder(const Volume<T>& volume) {
  std::vector<double> values;
  values.reserve(volume.voxels.size());
  const Index3& size = volume.geometry.size;
  for (int64_t x = 0; x < size[0]; ++x) {
    for (int64_t y = 0; y < size[1]; ++y) {
      for (int64_t z = 0; z < size[2]; ++z) values.push_back(static_cast<double>(volume.at(x, y, z)));
    }
  }
  return values;
}

std::vector<double> Doubles(const json& array) {
  std::vector<double> values;
  for (const json& entry : array) {
    if (entry.is_array()) {
      for (const json& inner : entry) values.push_back(inner.get<double>());
    } else {
      values.push_back(entry.get<double>());
    }
  }
  return values;
}

template <typename Range>
std::vector<double> AsDoubles(const Range& range) {
  return std::vector<double>(range.begin(), range.end());
}

Index3 ToIndex3(const json& array) { return {array.at(0), array.at(1), array.at(2)}; }

class Replay {
 public:
  Replay(json cases, Safetensors arrays, std::string nifti_folder)
      : cases_(std::move(cases)), arrays_(std::move(arrays)), nifti_folder_(std::move(nifti_folder)) {}

  absl::StatusOr<Rows> Run() {
    for (const json& row : cases_.value("resample", json::array())) ASAP_RETURN_IF_ERROR(Resample(row));
    for (const json& row : cases_.value("augment", json::array())) ASAP_RETURN_IF_ERROR(Augment(row));
    for (const json& row : cases_.value("evalcrop", json::array())) ASAP_RETURN_IF_ERROR(EvaluationCrop(row));
    if (rows_.empty()) return absl::InvalidArgumentError("lists no case of resample, augment or evalcrop");
    return std::move(rows_);
  }

 private:
  absl::StatusOr<std::vector<double>> Expected(const std::string& key) const {
    const auto found = arrays_.tensors.find(key);
    if (found == arrays_.tensors.end()) return absl::NotFoundError(absl::StrCat("the arrays lack ", key));
    const at::Tensor values = found->second.to(at::kDouble).contiguous();
    return std::vector<double>(values.data_ptr<double>(), values.data_ptr<double>() + values.numel());
  }

  absl::Status Check(const std::string& key, const std::vector<double>& actual, const Limit& limit) {
    ASAP_ASSIGN_OR_RETURN(const std::vector<double> expected, Expected(key));
    rows_.push_back(Compare(key, actual, expected, limit));
    return absl::OkStatus();
  }

  absl::Status Resample(const json& row) {
    const std::string prefix = absl::StrCat("resample/", row.at("name").get<std::string>(), "/");
    const std::string file = std::filesystem::path(row.at("file").get<std::string>()).filename().string();
    ASAP_ASSIGN_OR_RETURN(const Volume<float> volume, ReadVolume(absl::StrCat(nifti_folder_, "/", file)));
    PreprocessOptions options;
    for (int axis = 0; axis < 3; ++axis) options.spacing.at(axis) = row.at("target").at(axis).get<double>();

    ASAP_ASSIGN_OR_RETURN(std::vector<double> values, Expected(prefix + "raw"));
    // A slope that is zero, or no number at all, means that stored values are the values.
    const json& slope = row.at("scl").at(0);
    if (slope.is_number() && slope.get<double>() != 0 && std::isfinite(slope.get<double>())) {
      for (double& value : values) value = static_cast<float>(value * slope.get<double>() + row.at("scl").at(1).get<double>());
    } else {
      for (double& value : values) value = static_cast<float>(value);
    }
    rows_.push_back(Compare(prefix + "raw", ArrayOrder(volume), values, kExact));
    const std::vector<double> affine = Doubles(row.at("affine"));
    const Affine actual_affine = AffineFromGeometry(volume.geometry);
    rows_.push_back(
        Compare(prefix + "affine", AsDoubles(actual_affine), {affine.begin(), affine.begin() + 12}, {1e-9, "1e-9 mm"}));
    const std::string code = OrientationCode(OrientationOf(volume.geometry));
    const bool code_equal = code == row.at("axis_codes").get<std::string>();
    rows_.push_back({.key = prefix + "axis_codes", .max_abs = code_equal ? 0.0 : 1.0, .tolerance = "exact", .ok = code_equal});

    Volume<float> clipped = ReorientToRas(volume);
    rows_.push_back(
        Compare(prefix + "spacing_after_ras", AsDoubles(clipped.geometry.spacing), Doubles(row.at("spacing_after_ras")), kExact));
    for (float& value : clipped.voxels) {
      value = std::clamp(value, static_cast<float>(options.hu_min), static_cast<float>(options.hu_max));
    }
    ASAP_RETURN_IF_ERROR(Check(prefix + "scaled_ras_clipped", ArrayOrder(clipped), kExact));

    Volume<float> resized;
    ASAP_ASSIGN_OR_RETURN(resized.geometry.size, ResampledSize(clipped.geometry, options.spacing));
    rows_.push_back(Compare(prefix + "shape_out", AsDoubles(resized.geometry.size), Doubles(row.at("shape_out")), kExact));
    resized.voxels.resize(resized.geometry.voxels());
    ResampleTrilinear(FloatRows(&volume), resized.geometry.size, static_cast<float>(options.hu_min),
                      static_cast<float>(options.hu_max), absl::MakeSpan(resized.voxels));
    ASAP_RETURN_IF_ERROR(Check(prefix + "resized_f32", ArrayOrder(resized), kResized));

    ASAP_ASSIGN_OR_RETURN(const Volume<int16_t> preprocessed, PreprocessImage(volume, options));
    ASAP_RETURN_IF_ERROR(Check(prefix + "out_int16", ArrayOrder(preprocessed), kExact));
    const std::vector<double> out_affine = Doubles(row.at("out_affine"));
    const Affine actual_out = AffineFromGeometry(preprocessed.geometry);
    rows_.push_back(Compare(prefix + "out_affine", AsDoubles(actual_out), {out_affine.begin(), out_affine.begin() + 12}, kExact));
    return absl::OkStatus();
  }

  // An array of the fixtures, in array order, as a source.
  absl::StatusOr<std::unique_ptr<VoxelSource>> Source(const std::string& key) const {
    ASAP_ASSIGN_OR_RETURN(const std::vector<double> values, Expected(key));
    const at::IntArrayRef shape = arrays_.tensors.at(key).sizes();
    if (shape.size() != 3) return absl::InvalidArgumentError(absl::StrCat(key, " has ", shape.size(), " dimensions, expected 3"));
    Volume<int16_t> volume;
    volume.geometry.size = {shape[0], shape[1], shape[2]};
    volume.voxels.resize(values.size());
    size_t next = 0;
    for (int64_t x = 0; x < shape[0]; ++x) {
      for (int64_t y = 0; y < shape[1]; ++y) {
        for (int64_t z = 0; z < shape[2]; ++z) volume.at(x, y, z) = static_cast<int16_t>(values[next++]);
      }
    }
    return MakeVoxelSource(std::move(volume));
  }

  // The recorded draws as a plan: the two crops composed, the flips, the shift.
  static AugmentPlan RecordedPlan(const json& steps, const Index3& size) {
    AugmentPlan plan;
    plan.box.size = size;
    for (const json& step : steps) {
      const std::string transform = step.at("t");
      if (step.contains("slices")) {
        for (int axis = 0; axis < 3; ++axis) {
          const json& slice = step.at("slices").at(axis);
          plan.box.start[axis] += slice.at(0).get<int64_t>();
          plan.box.size[axis] = slice.at(1).get<int64_t>() - slice.at(0).get<int64_t>();
        }
      } else if (transform == "RandFlipd") {
        plan.flip.at(step.at("axis").get<int>()) = step.at("do").get<bool>();
      } else if (transform == "RandShiftIntensityd" && step.at("do").get<bool>()) {
        plan.shift = static_cast<float>(step.at("offset").get<double>());
      }
    }
    return plan;
  }

  absl::Status CheckImage(const std::string& prefix, const AugmentPlan& plan, const AugmentOptions& options) {
    ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<VoxelSource> source, Source(prefix + "image_in"));
    std::vector<float> image(options.roi[0] * options.roi[1] * options.roi[2]);
    ASAP_RETURN_IF_ERROR(ReadImage(*source, plan, options, absl::MakeSpan(image)));
    return Check(prefix + "image_out", AsDoubles(image), kAugmented);
  }

  absl::Status Augment(const json& row) {
    const std::string prefix = absl::StrCat("augment/", row.at("name").get<std::string>(), "/");
    const AugmentOptions options = {.roi = ToIndex3(row.at("roi"))};
    const AugmentPlan plan = RecordedPlan(row.at("steps"), ToIndex3(row.at("shape")));
    ASAP_RETURN_IF_ERROR(CheckImage(prefix, plan, options));
    ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<VoxelSource> source, Source(prefix + "label_in"));
    std::vector<uint8_t> labels(options.roi[0] * options.roi[1] * options.roi[2]);
    constexpr int kMaxLabel = 255;  // the fixtures' labels are tested for geometry, whatever their classes
    ASAP_RETURN_IF_ERROR(ReadMask(*source, plan, options, absl::MakeSpan(labels), kMaxLabel));
    return Check(prefix + "label_out", AsDoubles(labels), kExact);
  }

  absl::Status EvaluationCrop(const json& row) {
    const AugmentOptions options = {.roi = ToIndex3(row.at("roi"))};
    return CheckImage(absl::StrCat("evalcrop/", row.at("name").get<std::string>(), "/"),
                      CenterCropPlan(ToIndex3(row.at("shape")), options), options);
  }

  const json cases_;
  const Safetensors arrays_;
  const std::string nifti_folder_;
  Rows rows_;
};

}  // namespace

absl::StatusOr<Rows> ReplayPreprocessing(const std::string& golden_path) {
  std::string stem = golden_path;
  for (const std::string extension : {".json", ".safetensors"}) {
    if (absl::EndsWith(stem, extension)) stem.resize(stem.size() - extension.size());
  }
  if (stem == golden_path) {
    return absl::InvalidArgumentError(absl::StrCat(golden_path, ": expected a name that ends in .json or .safetensors"));
  }
  ASAP_ASSIGN_OR_RETURN(const std::string text, ReadFile(stem + ".json"));
  json cases = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!cases.is_object()) return absl::InvalidArgumentError(absl::StrCat(stem, ".json: is no JSON object"));
  ASAP_ASSIGN_OR_RETURN(Safetensors arrays, ReadSafetensors(stem + ".safetensors"));
  try {
    absl::StatusOr<Rows> rows = Replay(std::move(cases), std::move(arrays), stem + "_nifti").Run();
    return rows.ok() ? rows : Annotate(rows.status(), stem + ".json");
  } catch (const std::exception& error) {  // a missing key or another type in the JSON
    return absl::InvalidArgumentError(absl::StrCat(stem, ".json: not of the fixtures' form: ", error.what()));
  }
}

}  // namespace asap::golden
