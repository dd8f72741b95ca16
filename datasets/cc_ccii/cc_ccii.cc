#include "datasets/cc_ccii/cc_ccii.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/natural_order.h"
#include "core/base/status.h"
#include "core/dataset_cards.h"
#include "core/imaging/formats/picture_series.h"
#include "core/imaging/formats/read_volume.h"
#include "datasets/cc_ccii/card.h"
#include "datasets/file_cases/file_dataset.h"
#include "datasets/file_cases/find_cases.h"
#include "datasets/file_cases/known_layouts.h"
#include "datasets/file_cases/listed_labels.h"

namespace asap {
namespace {

using Severity = DatasetProblem::Severity;
using Spacing = std::array<double, 3>;

constexpr Spacing kAssumedVoxelSize = {0.7, 0.7, 3};
constexpr size_t kFewestSlices = 16;  // fewer do not show the lungs, at any spacing in use

// The number that ends a slice's name; -1 where none does.
int64_t SliceNumber(const std::string& path) {
  absl::string_view stem = absl::string_view(path).substr(path.rfind('/') + 1);
  stem = stem.substr(0, stem.rfind('.'));
  size_t start = stem.size();
  while (start > 0 && absl::ascii_isdigit(stem[start - 1])) --start;
  int64_t number = -1;
  return absl::SimpleAtoi(stem.substr(start), &number) ? number : -1;
}

// What the names of a scan's slices tell.
std::vector<DatasetProblem> VerifySlices(const std::string& folder) {
  std::vector<DatasetProblem> problems;
  const auto warn = [&](Severity severity, const std::string& message, const char* remedy) {
    problems.push_back({.severity = severity, .message = absl::StrCat(folder, ": ", message), .remedy = remedy});
  };
  const std::vector<std::string> slices = SlicePictures(folder);
  if (slices.empty()) {
    warn(Severity::kError, "holds no slices; expected 0000.png (or .jpg) and so on",
         "unpack the archive again, or remove the folder");
    return problems;
  }
  if (slices.size() < kFewestSlices) {
    warn(Severity::kWarning, absl::StrCat("has ", slices.size(), " slices; expected ", kFewestSlices, " or more of a chest"),
         "leave the scan out: its slices do not make a volume of the lungs");
  }
  int gaps = 0;
  std::string first;
  for (size_t i = 1; i < slices.size(); ++i) {
    const int64_t before = SliceNumber(slices[i - 1]), number = SliceNumber(slices[i]);
    if (before < 0 || number < 0 || number == before + 1) continue;
    if (gaps++ == 0) first = absl::StrCat("from ", before, " to ", number);
  }
  if (gaps > 0) {
    warn(Severity::kWarning,
         absl::StrCat("the numbers of its slices jump ", first, gaps > 1 ? absl::StrCat(", and ", gaps - 1, " times more") : "",
                      ": slices may be missing"),
         "unpack the archive again; where the publication has no more, know that the volume is torn there");
  }
  return problems;
}

// A volume whose voxels have another size than its file says.
class SizedSource : public VoxelSource {
 public:
  SizedSource(std::unique_ptr<VoxelSource> source, const Spacing& spacing)
      : source_(std::move(source)), geometry_(source_->geometry()) {
    geometry_.spacing = spacing;
  }
  const Geometry& geometry() const override { return geometry_; }
  absl::StatusOr<StoredBox> Locate(const Box& box) const override { return source_->Locate(box); }
  absl::Status Read(const Box& box, absl::Span<int16_t> out) const override { return source_->Read(box, out); }

 private:
  const std::unique_ptr<VoxelSource> source_;
  Geometry geometry_;
};

// The parameter voxel_size; none where it is not given.
absl::StatusOr<std::optional<Spacing>> VoxelSizeParameter(const std::map<std::string, std::string>& parameters) {
  const auto given = parameters.find("voxel_size");
  if (given == parameters.end()) return std::nullopt;
  const absl::StatusOr<std::optional<Spacing>> size = SpacingParameter({{"spacing", given->second}});
  if (size.ok()) return size;
  return absl::InvalidArgumentError(absl::StrCat("dataset cc_ccii: the parameter voxel_size is \"", given->second,
                                                 "\"; expected three numbers in mm such as 0.7x0.7x3"));
}

// The folders' names in the order of the label's values.
absl::StatusOr<std::vector<std::string>> ClassesParameter(const std::map<std::string, std::string>& parameters) {
  const std::vector<std::string> known(kCcCciiClasses.begin(), kCcCciiClasses.end());
  const auto given = parameters.find("classes");
  if (given == parameters.end()) return known;
  const std::vector<std::string> classes = absl::StrSplit(given->second, '/');
  if (std::is_permutation(classes.begin(), classes.end(), known.begin(), known.end())) return classes;
  return absl::InvalidArgumentError(absl::StrCat("dataset cc_ccii: the parameter classes is \"", given->second,
                                                 "\"; expected the classes 0, 1 and 2 such as ", absl::StrJoin(known, "/")));
}

// A scan's folder, or a prepared volume.
struct Scan {
  std::string path;  // below the root
  std::string patient;
  double label = std::numeric_limits<double>::quiet_NaN();
};
using Scans = std::map<std::string, Scan>;  // by id

// Adds the scans of a class's folder.
absl::Status AddClass(const std::string& root, const std::string& folder, const std::string& name, double label, Scans* scans) {
  for (const std::string& patient : NamesIn(absl::StrCat(root, "/", folder))) {
    if (!absl::EndsWith(patient, "/")) continue;
    for (const std::string& scan : NamesIn(absl::StrCat(root, "/", folder, "/", patient))) {
      if (!absl::EndsWith(scan, "/")) continue;
      const std::string person = patient.substr(0, patient.size() - 1), last = scan.substr(0, scan.size() - 1);
      const std::string id = absl::StrCat(name, "_", person, "_", last);
      const std::string path = absl::StrCat(folder, "/", person, "/", last);
      const auto [known, is_new] = scans->emplace(id, Scan{.path = path, .patient = person, .label = label});
      if (!is_new) {
        return absl::InvalidArgumentError(absl::StrCat("dataset cc_ccii: ", root, ": the scan ", id, " is in ",
                                                       known->second.path, " and in ", path, "; remove one of them"));
      }
    }
  }
  return absl::OkStatus();
}

// Folders of classes at the root, and one level below. Empty where there are none.
absl::StatusOr<Scans> FindScans(const std::string& root, const std::vector<std::string>& classes) {
  Scans scans;
  const auto look_in = [&](const std::string& below) -> absl::Status {
    for (const std::string& name : NamesIn(absl::StrCat(root, "/", below))) {
      for (size_t c = 0; c < classes.size(); ++c) {
        if (!absl::EqualsIgnoreCase(name, classes[c] + "/")) continue;
        const std::string folder = absl::StrCat(below, name.substr(0, name.size() - 1));
        ASAP_RETURN_IF_ERROR(AddClass(root, folder, classes[c], static_cast<double>(c), &scans));
      }
    }
    return absl::OkStatus();
  };
  ASAP_RETURN_IF_ERROR(look_in(""));
  for (const std::string& name : NamesIn(root)) {
    if (absl::EndsWith(name, "/")) ASAP_RETURN_IF_ERROR(look_in(name));
  }
  return scans;
}

// The patient of a prepared volume that is named as we name scans, NCP_<patient>_<scan>; otherwise it is a patient of its own.
std::string PatientOf(const std::string& id) {
  const std::vector<std::string> parts = absl::StrSplit(id, '_');
  const bool ours = parts.size() == 3 && !parts[1].empty() &&
                    std::find(kCcCciiClasses.begin(), kCcCciiClasses.end(), absl::string_view(parts[0])) != kCcCciiClasses.end();
  return ours ? parts[1] : id;
}

// Labels of prepared volumes, where a list is named or lies beside them.
absl::Status AddLabels(const DatasetOptions& options, FileDatasetParts* parts) {
  const auto given = options.parameters.find("labels");
  const std::string path = PathBelow(options.root, given == options.parameters.end() ? "labels.csv" : given->second);
  if (given == options.parameters.end() && !Exists(path)) {
    parts->labels.emplace_back(parts->cases.size(), std::numeric_limits<double>::quiet_NaN());
    parts->problems.push_back({.severity = Severity::kWarning,
                               .message = absl::StrCat(path,
                                                       ": no such file, so that no label is known; expected the columns "
                                                       "img_list and label"),
                               .remedy = "name the published split lists with the parameter labels"});
    return absl::OkStatus();
  }
  ASAP_ASSIGN_OR_RETURN(const ListedLabels listed, ReadListedLabels(path, "label", 2));
  AddListedLabels(listed, parts);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Dataset>> OpenCcCcii(const DatasetOptions& options) {
  ASAP_RETURN_IF_ERROR(CheckParameters(options.parameters, {"classes", "labels", "spacing", "voxel_size"}, "cc_ccii"));
  if (options.root.empty()) {
    return absl::InvalidArgumentError("dataset cc_ccii: no folder was given; name the one that holds NCP, CP and Normal");
  }
  ASAP_RETURN_IF_ERROR(CheckNoSplit("cc_ccii", options.split));
  FileDatasetParts parts;
  parts.reports = false;
  parts.ras = true;
  parts.card = CcCciiCard();
  parts.cache = options.cache;
  ASAP_ASSIGN_OR_RETURN(parts.spacing, SpacingParameter(options.parameters));
  ASAP_ASSIGN_OR_RETURN(const std::optional<Spacing> given_size, VoxelSizeParameter(options.parameters));
  ASAP_ASSIGN_OR_RETURN(const std::vector<std::string> classes, ClassesParameter(options.parameters));
  ASAP_ASSIGN_OR_RETURN(Scans scans, FindScans(options.root, classes));
  const bool prepared = scans.empty();
  if (prepared) {
    for (const auto& [id, file] : NiftiIn(absl::StrCat(options.root, "/images_new"))) {
      scans.emplace(id, Scan{.path = absl::StrCat("images_new/", file), .patient = PatientOf(id)});
    }
  }
  if (scans.empty()) {
    return WrongFolder("cc_ccii", options.root,
                       "NCP, CP and Normal with <patient>/<scan>/0000.png, or prepared volumes as images_new/<id>.nii.gz");
  }
  std::vector<std::pair<std::string, Scan>> ordered(scans.begin(), scans.end());
  std::sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) { return NaturalLess(a.first, b.first); });
  for (const auto& [id, scan] : ordered) parts.cases.Add({.id = id, .volume = scan.path, .patient = scan.patient});
  parts.volume_path = [root = options.root](absl::string_view scan) -> absl::StatusOr<std::string> {
    return PathBelow(root, scan);
  };

  if (prepared) {
    if (given_size.has_value() || options.parameters.contains("classes")) {
      return absl::InvalidArgumentError(
          absl::StrCat("dataset cc_ccii: ", options.root,
                       " holds prepared volumes, which know their voxels' size, and whose labels are "
                       "numbers; leave the parameters voxel_size and classes away"));
    }
    ASAP_RETURN_IF_ERROR(AddLabels(options, &parts));
    return FileDataset::Create(std::move(parts));
  }
  if (options.parameters.contains("labels")) {
    return absl::InvalidArgumentError(
        "dataset cc_ccii: the parameter labels is for prepared volumes; those of pictures are the names of their folders");
  }
  parts.labels.emplace_back();
  for (const auto& [id, scan] : ordered) parts.labels.back().push_back(scan.label);
  parts.verify_volume = VerifySlices;
  // The pictures are read with voxels of 1 mm: only the ratio of sizes matters to resampling.
  const Spacing voxel_size = given_size.value_or(kAssumedVoxelSize);
  if (given_size.has_value()) parts.assumed = absl::StrCat(" voxel_size ", absl::StrJoin(voxel_size, "x"));
  const Spacing shown = parts.spacing.value_or(voxel_size);
  for (int axis = 0; parts.spacing.has_value() && axis < 3; ++axis) (*parts.spacing)[axis] /= voxel_size[axis];
  parts.adapt_volume = [shown](const std::string&, std::unique_ptr<VoxelSource> source) {
    return std::make_unique<SizedSource>(std::move(source), shown);
  };
  return FileDataset::Create(std::move(parts));
}

REGISTER_DATASET("cc_ccii", OpenCcCcii);
REGISTER_DATASET_CARD("cc_ccii", CcCciiCard);
REGISTER_LAYOUT_MARKS("cc_ccii", "CC-CCII", {"NCP"});

}  // namespace asap
