// Tokens a second on report text, on one thread. Compare with Hugging Face's library on the same text:
//   python3 -m timeit -s "from tokenizers import Tokenizer; t = Tokenizer.from_file('cxrbert_wordpiece.json'); s =
//   open('text_public.csv').read()"
//     "t.encode(s, add_special_tokens=False)"
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <utility>

#include "core/base/file.h"
#include "core/text/tokenizer.h"

namespace asap {
namespace {

std::shared_ptr<const Tokenizer> CxrBert() {
  return LoadTokenizer(Runfile("asap/tests/golden/data/cxrbert_wordpiece.json").value()).value();
}

// The fixtures' table as one text: 7.5 kB of report language, typography and Unicode traps.
std::string Reports() { return ReadFile(Runfile("asap/tests/golden/data/text_public.csv").value()).value(); }

std::string OnlyAscii(const std::string& text) {
  std::string ascii;
  for (char c : text) {
    if (static_cast<unsigned char>(c) < 0x80) ascii.push_back(c);
  }
  return ascii;
}

void Encode(benchmark::State& state, const std::string& text) {
  const auto tokenizer = CxrBert();
  int64_t tokens = 0;
  for (auto _ : state) tokens += static_cast<int64_t>(tokenizer->Encode(text).size());
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
  state.counters["tokens"] = benchmark::Counter(static_cast<double>(tokens), benchmark::Counter::kIsRate);
}

void EncodeAscii(benchmark::State& state) { Encode(state, OnlyAscii(Reports())); }
BENCHMARK(EncodeAscii);

void EncodeUnicode(benchmark::State& state) { Encode(state, Reports()); }
BENCHMARK(EncodeUnicode);

void LoadVocabulary(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(CxrBert());
}
BENCHMARK(LoadVocabulary)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace asap

BENCHMARK_MAIN();
