// What Task::Show is given: one cohort of one task, and the run of each encoder that is drawn of it.
#ifndef ASAP_CORE_PAGE_SHOWN_TASK_H_
#define ASAP_CORE_PAGE_SHOWN_TASK_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/benchmark/run.h"
#include "core/io/png.h"
#include "core/task.h"

namespace asap {

// A picture of one case of a dataset by its registered name, at most a few hundred pixels wide.
using PictureOf = std::function<absl::StatusOr<RgbImage>(const std::string& dataset, const std::string& case_id)>;

struct ShownRun {
  std::string encoder;  // as the page names it
  const Run* run = nullptr;
  const Cohort* cohort = nullptr;  // without texts
  std::string place;               // PLACE.json is the run's file, PLACE/ the folder that it owns; empty where there are no files
};

struct ShownTask {
  const TaskSpec& spec;
  std::string cohort;     // the name of its dataset
  bool external = false;  // another dataset than the task's
  // The run of the largest fraction and the least seed, of each encoder that has rows of the cohort, in the page's order; at
  // least one.
  std::vector<ShownRun> runs;
  int most_pictures = 6;  // of cases
  PictureOf picture;      // null: no pictures
};

// The run's cohort with its texts, read from their file. NotFound where none were kept.
absl::StatusOr<Cohort> CohortWithTexts(const ShownRun& shown);

// The picture as a page part has it: its PNG, an empty text where it could not be made, or nothing where no pictures are wanted.
std::optional<std::string> CasePicturePng(const ShownTask& shown, const std::string& case_id);

}  // namespace asap

#endif  // ASAP_CORE_PAGE_SHOWN_TASK_H_
