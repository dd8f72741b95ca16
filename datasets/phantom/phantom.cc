#include "datasets/phantom/phantom.h"

#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/status.h"
#include "core/base/suggest.h"
#include "core/dataset_cards.h"
#include "datasets/phantom/report_grammar.h"

namespace asap::phantom {
namespace {

// Reads boxes of a rendered case; keeps it alive.
class RenderedSource : public VoxelSource {
 public:
  RenderedSource(std::shared_ptr<const RenderedCase> rendered, bool mask) : rendered_(std::move(rendered)), mask_(mask) {}

  const Geometry& geometry() const override { return rendered_->volume.geometry; }

  absl::Status Read(const Box& box, absl::Span<int16_t> out) const override {
    const Index3& size = geometry().size;
    for (int axis = 0; axis < 3; ++axis) {
      if (box.start[axis] < 0 || box.size[axis] < 0 || box.start[axis] + box.size[axis] > size[axis]) {
        return absl::InvalidArgumentError(absl::StrFormat("a box of [%d, %d) along axis %d leaves the volume's %d voxels",
                                                          box.start[axis], box.start[axis] + box.size[axis], axis, size[axis]));
      }
    }
    const int64_t count = box.size[0] * box.size[1] * box.size[2];
    if (static_cast<int64_t>(out.size()) != count) {
      return absl::InvalidArgumentError(absl::StrFormat("a box of %d voxels was to be read into room for %d", count, out.size()));
    }
    const int64_t slice = size[0] * size[1];
    for (int64_t y = 0; y < box.size[1]; ++y) {
      for (int64_t z = 0; z < box.size[2]; ++z) {
        const int64_t row = box.start[0] + size[0] * (box.start[1] + y) + slice * (box.start[2] + z);
        int16_t* to = out.data() + y * box.size[2] + z;
        const int64_t stride = box.size[1] * box.size[2];
        if (mask_) {
          for (int64_t x = 0; x < box.size[0]; ++x) to[x * stride] = MaskClass(rendered_->fine[row + x]);
        } else {
          for (int64_t x = 0; x < box.size[0]; ++x) to[x * stride] = rendered_->volume.voxels[row + x];
        }
      }
    }
    return absl::OkStatus();
  }

 private:
  const std::shared_ptr<const RenderedCase> rendered_;
  const bool mask_;
};

int ScansOf(uint64_t seed, int64_t patient) {
  CounterRng rng(seed, "scans", patient);
  const double u = rng.Uniform();
  return u < 0.70 ? 1 : u < 0.92 ? 2 : 3;
}

}  // namespace

absl::StatusOr<Index3> ParseSize(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, 'x');
  Index3 size;
  bool good = parts.size() == 3;
  for (int axis = 0; good && axis < 3; ++axis)
    good = absl::SimpleAtoi(parts[axis], &size[axis]) && size[axis] >= 16 && size[axis] <= 1024;
  if (!good)
    return absl::InvalidArgumentError(
        absl::StrCat("size is WIDTHxHEIGHTxSLICES, each 16 to 1024, like 64x64x32; found \"", text, "\""));
  return size;
}

const char* SplitOf(uint64_t seed, int64_t patient) {
  CounterRng rng(seed, "split", patient);
  const double u = rng.Uniform();
  return u < 0.70 ? "train" : u < 0.85 ? "valid" : "test";
}

std::string PatientName(int64_t patient) { return absl::StrFormat("p%05d", patient); }
std::string CaseName(const CaseKey& key) { return absl::StrFormat("p%05d_s%d", key.patient, key.scan + 1); }

std::map<std::string, double> LabelsOf(const CaseFacts& facts) {
  std::map<std::string, double> labels;
  for (int f = 0; f < kFindings; ++f) labels[kFindingNames[f]] = facts.findings.present[f];
  labels["Severe COVID-19"] = facts.outcome.severe_covid;
  // CC-CCII's classes.
  labels["Pneumonia class"] = facts.findings[kCovid]                                                                ? 2
                              : facts.findings.infection == Infection::kPneumonia && facts.findings[kConsolidation] ? 1
                                                                                                                    : 0;
  labels["Age"] = facts.patient.age;
  labels["Male"] = facts.patient.male;
  labels["Contrast"] = facts.findings.contrast;
  labels["Died"] = facts.outcome.died;
  labels["Follow-up days"] = facts.outcome.days;
  return labels;
}

DatasetCard PhantomCard() {
  DatasetCard card;
  card.name = "phantom";
  card.title = "Procedural thorax and upper abdomen with reports";
  card.source = "Made on demand by this program; datasets/phantom/README.md describes the anatomy, the pathology and the hazard.";
  card.licence = "That of this repository; no patient's data are in it.";
  card.access = "Nothing to download.";
  card.population =
      "Nobody. Age about 58 (sd 15, 20 to 90), 55 % male, half never smoked; latents heart failure, malignancy and infection tie "
      "the "
      "findings together. One to three scans per patient.";
  card.acquisition = "Half of the scans with arterial contrast. Sites:";
  for (const Site& site : Sites()) {
    absl::StrAppend(&card.acquisition,
                    absl::StrFormat(" %s: %s, field of view %.0f mm, coverage %.0f mm, offset %+.0f HU.", site.name,
                                    site.description, site.field_of_view, site.coverage, site.offset));
  }
  for (const char* name : kFindingNames) card.label_names.push_back(name);
  for (const char* name : {"Severe COVID-19", "Pneumonia class", "Age", "Male", "Contrast", "Died", "Follow-up days"}) {
    card.label_names.push_back(name);
  }
  for (const char* name : kMaskClassNames) card.mask_classes.push_back(name);
  card.known_defects = {
      "Shapes are simple and findings are drawn from a dozen latents: a score here says that code works, not that a model does.",
      "Kernel and slice thickness act in voxels of the chosen grid, so a site's sharpness does not scale with the size.",
      "Arms, thyroid and pleural plaques do not exist; the bowel is a few loops."};
  return card;
}

absl::StatusOr<std::unique_ptr<PhantomDataset>> PhantomDataset::Open(const DatasetOptions& options) {
  PhantomOptions phantom;
  for (const auto& [key, value] : options.parameters) {
    if (key == "cases") {
      if (!absl::SimpleAtoi(value, &phantom.cases)) {
        return absl::InvalidArgumentError(absl::StrCat("phantom: cases is a whole number; found \"", value, "\""));
      }
    } else if (key == "size") {
      ASAP_ASSIGN_OR_RETURN(phantom.size, ParseSize(value));
    } else if (key == "seed") {
      if (!absl::SimpleAtoi(value, &phantom.seed)) {
        return absl::InvalidArgumentError(absl::StrCat("phantom: seed is a whole number, 0 or more; found \"", value, "\""));
      }
    } else if (key == "site") {
      phantom.site = value;
    } else if (key == "cache_mb") {
      if (!absl::SimpleAtoi(value, &phantom.cache_mb) || phantom.cache_mb < 0) {
        return absl::InvalidArgumentError(absl::StrCat("phantom: cache_mb is a number of megabytes; found \"", value, "\""));
      }
    } else {
      return absl::InvalidArgumentError(UnknownName("parameter of phantom", key, {"cache_mb", "cases", "seed", "site", "size"}));
    }
  }
  return Create(phantom, options.split);
}

absl::StatusOr<std::unique_ptr<PhantomDataset>> PhantomDataset::Create(const PhantomOptions& options, const std::string& split) {
  if (options.cases < 1 || options.cases > 10000000) {
    return absl::InvalidArgumentError(absl::StrCat("phantom: cases must be 1 to 10000000; found ", options.cases));
  }
  const Site* only = nullptr;
  if (options.site != "mixed") {
    const auto found = FindSite(options.site);
    if (!found.ok())
      return absl::InvalidArgumentError(absl::StrCat("phantom: ", found.status().message(), " Or mixed, for all."));
    only = *found;
  }
  if (!split.empty() && split != "train" && split != "valid" && split != "test") {
    return absl::InvalidArgumentError(UnknownName("split", split, {"train", "valid", "test"}));
  }
  std::unique_ptr<PhantomDataset> dataset(new PhantomDataset(options));
  int64_t cases = 0;
  for (int64_t patient = 0; cases < options.cases; ++patient) {
    if (patient > 1000 * (cases + 100)) {
      return absl::InvalidArgumentError(absl::StrCat("phantom: of the first ", patient, " patients, only ", cases,
                                                     " scans are in the cohort; expected one in 1000"));
    }
    CounterRng rng(options.seed, "site", patient);
    const Site* site = &Sites()[rng.UniformInt(0, static_cast<int64_t>(Sites().size()) - 1)];
    if (only != nullptr) site = only;
    for (int scan = 0; scan < ScansOf(options.seed, patient) && cases < options.cases; ++scan) {
      if (options.cohort && CounterRng(options.seed, "cohort", patient, scan).Uniform() >=
                                options.cohort(MakeScanFacts(options.seed, patient, scan))) {
        continue;
      }
      ++cases;
      if (split.empty() || split == SplitOf(options.seed, patient)) {
        dataset->keys_.push_back({.seed = options.seed, .patient = patient, .scan = scan, .site = site});
      }
    }
  }
  if (dataset->keys_.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("phantom: none of its ", options.cases, " cases falls into the split \"", split, "\"; ask for more cases"));
  }
  return dataset;
}

PhantomDataset::PhantomDataset(const PhantomOptions& options) : options_(options), card_(PhantomCard()) {
  const int64_t bytes = 7 * options.size[0] * options.size[1] * options.size[2];
  recent_capacity_ = static_cast<size_t>(std::max<int64_t>((options.cache_mb << 20) / bytes, 2));
}

CaseInfo PhantomDataset::Info(int64_t index) const {
  const CaseKey& key = keys_[index];
  return {CaseName(key), PatientName(key.patient), SplitOf(key.seed, key.patient), key.site->name, /*has_mask=*/true};
}

absl::StatusOr<ReportText> PhantomDataset::Report(int64_t index) const { return WriteReport(Facts(index)).Text(); }

std::shared_ptr<const RenderedCase> PhantomDataset::Rendered(int64_t index) const {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    for (auto it = recent_.begin(); it != recent_.end(); ++it) {
      if (it->first != index) continue;
      recent_.splice(recent_.begin(), recent_, it);
      return it->second;
    }
  }
  // Two threads that miss the same case render it twice, to the same voxels.
  auto rendered = std::make_shared<const RenderedCase>(Render(Facts(index), options_.size));
  std::lock_guard<std::mutex> lock(mutex_);
  recent_.emplace_front(index, rendered);
  if (recent_.size() > recent_capacity_) recent_.pop_back();
  return rendered;
}

absl::StatusOr<std::unique_ptr<VoxelSource>> PhantomDataset::Volume(int64_t index) const {
  return std::make_unique<RenderedSource>(Rendered(index), /*mask=*/false);
}

absl::StatusOr<std::unique_ptr<VoxelSource>> PhantomDataset::Mask(int64_t index) const {
  return std::make_unique<RenderedSource>(Rendered(index), /*mask=*/true);
}

std::string PhantomDataset::Fingerprint(int64_t index) const {
  const CaseKey& key = keys_[index];
  return absl::StrCat("phantom ", kRenderVersion, " seed ", key.seed, " patient ", key.patient, " scan ", key.scan, " site ",
                      key.site->name, " size ", absl::StrJoin(options_.size, "x"));
}

std::string PhantomDataset::MaskFingerprint(int64_t index) const { return absl::StrCat(Fingerprint(index), " mask"); }

absl::StatusOr<std::map<std::string, double>> PhantomDataset::Labels(int64_t index) const { return LabelsOf(Facts(index)); }

std::vector<DatasetProblem> PhantomDataset::Verify(const std::function<void(int64_t done)>& progress) const {
  std::vector<DatasetProblem> problems;
  const auto report = [&](int64_t index, std::string message) {
    problems.push_back({DatasetProblem::Severity::kError, Info(index).id, std::move(message),
                        "This is a defect of the generator: report it with the seed, the size and the site."});
  };
  std::map<std::string, std::string> split_of;
  for (int64_t i = 0; i < size(); ++i) {
    const CaseInfo info = Info(i);
    const auto [known, fresh] = split_of.emplace(info.patient, info.split);
    if (!fresh && known->second != info.split)
      report(i, absl::StrCat("its patient is in the splits ", known->second, " and ", info.split));
    const RenderedCase rendered = Render(Facts(i), options_.size);
    double lung = 0;
    int64_t lung_voxels = 0;
    for (size_t v = 0; v < rendered.fine.size(); ++v) {
      if (!IsLung(rendered.fine[v])) continue;
      lung += rendered.volume.voxels[v];
      ++lung_voxels;
    }
    if (lung_voxels == 0 || lung / lung_voxels > -300 || lung / lung_voxels < -1000) {
      report(i, absl::StrFormat("the lungs should be air: %d voxels of mean %.0f HU", lung_voxels,
                                lung_voxels ? lung / lung_voxels : 0.0));
    }
    const ReportText text = WriteReport(Facts(i)).Text();
    if (text.findings.empty() || text.impression.empty()) report(i, "its report lacks findings or impression");
    if (progress) progress(i + 1);
  }
  return problems;
}

namespace {
absl::StatusOr<std::unique_ptr<Dataset>> OpenPhantom(const DatasetOptions& options) { return PhantomDataset::Open(options); }
REGISTER_DATASET("phantom", OpenPhantom);
REGISTER_DATASET_CARD("phantom", PhantomCard);
}  // namespace

}  // namespace asap::phantom
