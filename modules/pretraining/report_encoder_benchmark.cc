// Encoded reports a second, on one thread: bazel run //modules/pretraining:report_encoder_benchmark
#include <benchmark/benchmark.h>

#include <string>

#include "core/base/file.h"
#include "core/text/tokenizer.h"
#include "modules/pretraining/report_encoder.h"

namespace asap {
namespace {

void EncodeReport(benchmark::State& state) {
  const ReportEncoder encoder(LoadTokenizer(Runfile("asap/tests/golden/data/cxrbert_wordpiece.json").value()).value(), {});
  std::string text;
  for (const char c : ReadFile(Runfile("asap/tests/golden/data/text_public.csv").value()).value()) {
    if (static_cast<unsigned char>(c) < 0x80 && text.size() < 2000) text.push_back(c);
  }
  uint64_t seed = 0;
  for (auto _ : state) {
    CounterRng rng(seed++);
    benchmark::DoNotOptimize(encoder.Encode({text, "Normal."}, false, rng));
  }
}
BENCHMARK(EncodeReport)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace asap

BENCHMARK_MAIN();
