// A kind of task: how many litres of a scan are an organ, told by the encoder itself, which is trained for it.
//
//   std::unique_ptr<Task> MakeLungs() {
//     return MakeVolumetry({.name = "volumetry/lungs", ..., .classes = {"left lung", "right lung"}});
//   }
//
// A cohort has a row for each test case and the columns kTrueLitres, which is NaN where a case has no mask, and kPredictedLitres.
#ifndef VOLUMETRY_VOLUMETRY_H_
#define VOLUMETRY_VOLUMETRY_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/task.h"

namespace asap::volumetry {

inline constexpr char kTrueLitres[] = "truth/litres";
inline constexpr char kPredictedLitres[] = "predicted/litres";
inline constexpr char kLearningRate[] = "volumetry.learning_rate";
inline constexpr char kEncoderRate[] = "volumetry.encoder_rate";

struct VolumetrySpec {
  std::string name;  // "volumetry/DATASET or organ"
  std::string title;
  std::string dataset;
  std::vector<std::string> classes;  // of the dataset's masks, whose volumes are added
};

class VolumetryTask : public Task {
 public:
  explicit VolumetryTask(VolumetrySpec spec);
  const TaskSpec& spec() const override { return spec_; }
  absl::StatusOr<TaskResult> Run(MeasuredEncoder& encoder, const TaskContext& context) const override;  // run.cc
  std::vector<Score> Scores(const Cohort& cohort) const override;                                       // scores.cc
  void Show(const ShownTask& shown, PageSection& section) const override;                               // section.cc

 private:
  TaskSpec spec_;
  std::vector<std::string> classes_;
};

inline std::unique_ptr<Task> MakeVolumetry(VolumetrySpec spec) { return std::make_unique<VolumetryTask>(std::move(spec)); }

// The rows that have both a true and a predicted volume: what scores and plots are of.
struct KnownRows {
  std::vector<size_t> rows;  // of the cohort, rising
  std::vector<double> truth, predicted;
};
KnownRows KnownRowsOf(const Cohort& cohort);  // scores.cc

// The picture of a row that a run leaves in its folder.
std::string PicturePath(const std::string& folder, size_t row);  // run.cc

}  // namespace asap::volumetry

#endif  // VOLUMETRY_VOLUMETRY_H_
