#include "tools/preprocess/case_work.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/file.h"
#include "core/base/held_warnings.h"
#include "core/base/log.h"
#include "core/base/status.h"
#include "core/imaging/formats/read_volume.h"
#include "core/imaging/formats/write_nifti.h"
#include "core/imaging/geometry.h"
#include "core/imaging/hu_check.h"
#include "core/imaging/reorient.h"
#include "tools/preprocess/fingerprint.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

// Changed when the same settings would give other voxels.
constexpr int kRecordVersion = 2;

// What the outputs depend on, one item a line. File names but no header strings.
std::string Inputs(const ScanCase& scan, const CaseSettings& settings) {
  return absl::StrFormat("version %d\nspacing %s\nhu %g to %g\ngzip %d\nsource %s (%s)\nmask %s (%s)\n", kRecordVersion,
                         absl::StrJoin(settings.preprocess.spacing, ","), settings.preprocess.hu_min, settings.preprocess.hu_max,
                         settings.gzip, scan.source, Fingerprint(scan.source), scan.mask, Fingerprint(scan.mask));
}

// A record's last lines: a warning each, and a number of them, without which the record is not whole.
std::string WarningLines(const std::vector<std::string>& warnings) {
  std::string lines;
  for (const std::string& warning : warnings) {
    absl::StrAppend(&lines, "warning ", absl::StrReplaceAll(warning, {{"\n", " "}}), "\n");
  }
  return absl::StrCat(lines, "warnings ", warnings.size(), "\n");
}

// The warnings of such lines; false where they are not whole.
bool TakeWarnings(absl::string_view lines, std::vector<std::string>* warnings) {
  for (absl::string_view line : absl::StrSplit(lines, '\n')) {
    if (absl::ConsumePrefix(&line, "warning ")) warnings->emplace_back(line);
  }
  return lines == WarningLines(*warnings);
}

std::string RecordPath(const ScanCase& scan, const std::string& output) {
  return absl::StrCat(output, "/records/", scan.id, ".txt");
}

absl::Status MakeParent(const std::string& path) {
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  if (error) return absl::PermissionDeniedError(absl::StrCat("cannot make the folder of ", path, ": ", error.message()));
  return absl::OkStatus();
}

// `size` is that of the resampled volume: where the two files write one spacing with different digits, truncation would make a
// voxel of it.
absl::Status WriteMask(const ScanCase& scan, const Geometry& grid, const Index3& size, const CaseSettings& settings,
                       const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<RowSource> mask, OpenRows(scan.mask));
  // In RAS, as both are resampled: a mask may be stored along other axes than its scan and still cover the same places.
  ASAP_RETURN_IF_ERROR(SameGrid(RasGeometry(grid), scan.source, RasGeometry(mask->geometry()), scan.mask));
  PreprocessOptions options = settings.preprocess;
  options.size = size;
  absl::StatusOr<Volume<uint8_t>> result = PreprocessMask(*mask, options);
  if (!result.ok()) return Annotate(result.status(), scan.mask);
  ASAP_RETURN_IF_ERROR(MakeParent(path));
  return WriteNifti(path, *result);
}

}  // namespace

absl::StatusOr<CaseResult> WorkOnCase(const ScanCase& scan, const CaseSettings& settings, const std::string& output,
                                      int threads) {
  ASAP_RETURN_IF_ERROR(scan.defect);
  const std::string extension = settings.gzip ? ".nii.gz" : ".nii";
  CaseResult result;
  result.volume = absl::StrCat("volumes/", scan.id, extension);
  if (!scan.mask.empty()) result.mask = absl::StrCat("masks/", scan.id, extension);
  const std::string volume_path = absl::StrCat(output, "/", result.volume);
  const std::string mask_path = absl::StrCat(output, "/", result.mask);
  const std::string record_path = RecordPath(scan, output);
  const std::string inputs = Inputs(scan, settings);

  const absl::StatusOr<std::string> record = ReadFile(record_path);
  if (record.ok() && fs::exists(volume_path) && (result.mask.empty() || fs::exists(mask_path))) {
    absl::string_view rest = *record;
    if (absl::ConsumePrefix(&rest, inputs) && TakeWarnings(rest, &result.warnings)) {
      result.done_before = true;
      if (!scan.warning.empty()) result.warnings.push_back(scan.warning);
      return result;
    }
  }

  HeldWarnings held;
  {
    ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<RowSource> volume, OpenRows(scan.source, threads));
    // This order, because resampling begins while the scan is still being decoded, and the look at all of it cannot.
    const absl::StatusOr<Volume<int16_t>> preprocessed = PreprocessImage(*volume, settings.preprocess, threads);
    ASAP_RETURN_IF_ERROR(volume->Finish());
    std::string warning;
    const absl::Status plausible = HuPlausibility(*volume, &warning, threads);
    if (!warning.empty()) LogWarning(warning);
    if (!plausible.ok()) return Annotate(plausible, scan.source);
    if (!preprocessed.ok()) return Annotate(preprocessed.status(), scan.source);
    const Geometry grid = volume->geometry();
    ASAP_RETURN_IF_ERROR(MakeParent(volume_path));
    // The mask first: a case whose mask is bad leaves nothing behind.
    if (!result.mask.empty()) ASAP_RETURN_IF_ERROR(WriteMask(scan, grid, preprocessed->geometry.size, settings, mask_path));
    ASAP_RETURN_IF_ERROR(WriteNifti(volume_path, *preprocessed, /*description=*/"", threads));
  }
  result.warnings = held.Take();
  ASAP_RETURN_IF_ERROR(MakeParent(record_path));
  ASAP_RETURN_IF_ERROR(WriteFileAtomically(record_path, absl::StrCat(inputs, WarningLines(result.warnings))));
  if (!scan.warning.empty()) result.warnings.push_back(scan.warning);
  return result;
}

bool WasAnotherScan(const ScanCase& scan, const std::string& output) {
  if (!scan.defect.ok()) return false;
  const absl::StatusOr<std::string> record = ReadFile(RecordPath(scan, output));
  if (!record.ok()) return false;
  const size_t begin = record->find("\nsource "), end = record->find("\nmask ");
  const size_t details = record->rfind(" (", end);
  if (begin == std::string::npos || end == std::string::npos || details == std::string::npos || details < begin) return false;
  const auto between = [&](size_t from, size_t to) { return absl::string_view(*record).substr(from, to - from); };
  const absl::string_view source = between(begin + sizeof("\nsource ") - 1, details);
  const absl::string_view fingerprint = between(details + 2, end - 1);
  // An earlier version told less of folders.
  return source != scan.source && !absl::StartsWith(Fingerprint(scan.source), fingerprint);
}

int64_t EstimateMemory(const ScanCase& scan) {
  if (!scan.defect.ok()) return 0;
  HeldWarnings held;
  const absl::StatusOr<Geometry> geometry = ReadGeometry(scan.source);
  held.Take();  // the work itself tells them
  if (!geometry.ok()) return 0;
  // The volume as float, its stored bytes while they are decoded (at most 8 a voxel, mostly 2), and the same for the mask.
  const int64_t per_voxel = scan.mask.empty() ? 8 : 14;
  return geometry->voxels() * per_voxel;
}

}  // namespace asap
