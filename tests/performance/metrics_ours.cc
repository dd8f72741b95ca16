// Seconds of the metrics on the inputs that peers/metrics.py makes too, number for number.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/metrics/auroc.h"
#include "core/metrics/cindex.h"
#include "core/metrics/segmentation/surface_distance.h"
#include "gflags/gflags.h"
#include "tools/cli/run_tool.h"

DEFINE_int32(side, 200, "Voxels along each axis of the masks.");
DEFINE_int32(scores, 1000000, "Scores of the AUROC.");
DEFINE_int32(survival, 50000, "Cases of the C-index.");
DEFINE_int32(repeats, 5, "The fastest of these counts.");

namespace asap {
namespace {

// In [0, 1): a function of its stream and index, easily made in Python.
double Number(uint64_t stream, uint64_t i) {
  return static_cast<double>(Mix64(stream * 0x100000001B3ull + (i + 1) * 0x9E3779B97F4A7C15ull) >> 11) * 0x1.0p-53;
}

// About normal, mean 0, standard deviation 1: four numbers added, no function that rounds otherwise elsewhere.
double Bell(uint64_t stream, uint64_t i) {
  return ((Number(stream, i) + Number(stream + 1, i)) + (Number(stream + 2, i) + Number(stream + 3, i)) - 2) * 1.7320508075688772;
}

struct Timed {
  double seconds = 1e300, value = 0;
};

Timed Best(const std::function<double()>& work) {
  Timed timed;
  for (int i = 0; i < std::max(1, FLAGS_repeats); ++i) {
    const auto begin = std::chrono::steady_clock::now();
    timed.value = work();
    timed.seconds = std::min(timed.seconds, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return timed;
}

// Two ellipsoids with ragged borders, one shifted and flattened a little.
void MakeMasks(std::vector<uint8_t>* prediction, std::vector<uint8_t>* truth) {
  const int64_t n = FLAGS_side;
  for (int64_t i = 0; i < n * n * n; ++i) {
    const auto at = [n](int64_t k) { return 2.0 * static_cast<double>(k) / static_cast<double>(n - 1) - 1; };
    const double x = at(i / n / n), y = at(i / n % n), z = at(i % n), shifted = x - 0.04;
    truth->push_back(x * x + 1.3 * (y * y) + z * z + 0.05 * Bell(10, i) < 0.45);
    prediction->push_back(shifted * shifted + 1.3 * (y * y) + 0.9 * (z * z) + 0.05 * Bell(20, i) < 0.45);
  }
}

absl::Status Main() {
  std::vector<uint8_t> prediction, truth;
  MakeMasks(&prediction, &truth);
  const GridSize size = {FLAGS_side, FLAGS_side, FLAGS_side};
  const Timed hd95 = Best([&] {
    return BorderDistances({prediction, size}, {truth, size}, {1, 1, 1}, {.skip_thin_axes = true}).Hd95MaxDirected().value_or(-1);
  });
  const Timed hd95_mm = Best([&] {
    return BorderDistances({prediction, size}, {truth, size}, {1.5, 1.5, 3.0}).Hd95Pooled().value_or(-1);
  });

  std::vector<float> scores;
  const auto labels = std::make_unique<bool[]>(FLAGS_scores);
  for (int i = 0; i < FLAGS_scores; ++i) {
    labels[i] = Number(30, i) < 0.1;
    scores.push_back(static_cast<float>(Bell(31, i) + labels[i]));
  }
  const Timed auroc = Best([&] { return AurocOfFloats(scores, absl::MakeConstSpan(labels.get(), scores.size())).value_or(-1); });

  std::vector<double> bins, times, risks;
  const auto events = std::make_unique<bool[]>(FLAGS_survival);
  for (int i = 0; i < FLAGS_survival; ++i) {
    events[i] = Number(40, i) < 0.3;
    bins.push_back(events[i] ? std::floor(3 * Number(41, i)) : 2);
    times.push_back(10 * Number(42, i) / (1 - Number(42, i)));
    risks.push_back(Bell(50, i) - 0.3 * events[i]);
  }
  const absl::Span<const bool> event(events.get(), bins.size());
  const Timed binned = Best([&] { return WeightedCIndex(bins, risks, event)().value_or(-1); });
  const Timed continuous = Best([&] { return WeightedCIndex(times, risks, event)().value_or(-1); });

  const std::pair<const char*, Timed> all[] = {
      {"hd95", hd95}, {"hd95_mm", hd95_mm}, {"auroc", auroc}, {"cindex", binned}, {"cindex_continuous", continuous}};
  std::string line;
  char field[160];
  for (const auto& [name, timed] : all) {
    std::snprintf(field, sizeof field, "%s\"%s_s\": %.6g, \"%s_value\": %.12g", line.empty() ? "" : ", ", name, timed.seconds,
                  name, timed.value);
    line += field;
  }
  std::printf("{%s}\n", line.c_str());
  return absl::OkStatus();
}

}  // namespace
}  // namespace asap

int main(int argc, char** argv) {
  return asap::RunTool(argc, argv, {.name = "metrics_ours", .summary = "Times AUROC, HD95 and C-index; prints JSON."},
                       asap::Main);
}
