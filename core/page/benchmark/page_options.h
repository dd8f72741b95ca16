// What a benchmark's page needs besides results.
#ifndef ASAP_CORE_PAGE_BENCHMARK_PAGE_OPTIONS_H_
#define ASAP_CORE_PAGE_BENCHMARK_PAGE_OPTIONS_H_

#include <string>
#include <vector>

#include "core/page/shown_task.h"
#include "core/task.h"

namespace asap {

struct BenchmarkPageOptions {
  std::vector<const Task*> tasks;  // that made the results, for what they add to the page; some may be missing
  std::string runs_folder;         // absolute, where the runs' files and folders are; empty: there are none
  int most_pictures = 6;           // of cases, for each task
  PictureOf picture;               // null: cases are listed without pictures
};

}  // namespace asap

#endif  // ASAP_CORE_PAGE_BENCHMARK_PAGE_OPTIONS_H_
