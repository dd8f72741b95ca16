#include "tools/pretrain/settings.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/sha256.h"
#include "tools/pretrain/flags.h"

namespace asap {
namespace {

constexpr size_t kDigits = 16;  // of digests, which stand in messages

// Each process has its own: where its files are, and how fast it is. Contents of files are compared by what is read from them.
constexpr const char* kOfEachProcess[] = {
    "device",    "backend",   "output_dir", "resume",        "threads",           "queue_mb",         "compute_threads",
    "data_root", "pairs",     "cache_dir",  "cache_gb",      "rank_timeout",      "verify",           "config",
    "init",      "tokenizer", "text_cache", "text_cache_gb", "checkpoint_blocks", "keep_checkpoints",
};
// A run may go on with others; processes exchange by them.
constexpr const char* kOfEachStart[] = {"dry_run",          "accumulate",    "log_every",
                                        "checkpoint_every", "max_bad_steps", "update_in_backward"};

template <size_t N>
bool IsAmong(const std::string& name, const char* const (&names)[N]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

Settings FlagsOf(const std::function<bool(const std::string&)>& wanted) {
  std::vector<gflags::CommandLineFlagInfo> all;
  gflags::GetAllFlags(&all);
  Settings settings;
  for (const gflags::CommandLineFlagInfo& flag : all) {
    if (absl::StrContains(flag.filename, "tools/pretrain/") && wanted(flag.name)) {
      settings.emplace_back("--" + flag.name, flag.current_value);
    }
  }
  return settings;
}

// Lengths go before texts, so that no two lists of texts read the same.
void Add(absl::string_view text, Sha256& digest) { digest.Update(absl::StrCat(text.size(), ":", text, ";")); }

}  // namespace

Settings DecidingFlags() {
  return FlagsOf([](const std::string& name) { return !IsAmong(name, kOfEachProcess) && !IsAmong(name, kOfEachStart); });
}

Settings SharedFlags() {
  return FlagsOf([](const std::string& name) { return !IsAmong(name, kOfEachProcess); });
}

std::string CasesDigest(const Dataset& dataset, bool reports) {
  Sha256 digest;
  Add(dataset.card().name, digest);
  for (int64_t index = 0; index < dataset.size(); ++index) {
    const CaseInfo info = dataset.Info(index);
    for (const std::string& part : {info.id, info.patient, info.split}) Add(part, digest);
    Add(info.has_mask ? "mask" : "", digest);
    if (!reports) continue;
    // What cannot be read is a state as well: once it can, it is another.
    const absl::StatusOr<ReportText> report = dataset.Report(index);
    Add(report.ok() ? report->findings : report.status().message(), digest);
    Add(report.ok() ? report->impression : "", digest);
  }
  return digest.Hex().substr(0, kDigits);
}

std::string VolumeFilesDigest(const Dataset& dataset) {
  Sha256 digest;
  for (int64_t index = 0; index < dataset.size(); ++index) {
    Add(dataset.Fingerprint(index), digest);
    Add(dataset.MaskFingerprint(index), digest);
  }
  return digest.Hex().substr(0, kDigits);
}

}  // namespace asap
