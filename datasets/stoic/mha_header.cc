#include "datasets/stoic/mha_header.h"

#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace asap {
namespace {

constexpr size_t kHeaderBytes = 16 << 10;

}  // namespace

PatientFields ReadPatientFields(const std::string& path) {
  std::string text(kHeaderBytes, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  PatientFields fields;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::pair<absl::string_view, absl::string_view> field = absl::StrSplit(line, absl::MaxSplits('=', 1));
    const absl::string_view key = absl::StripAsciiWhitespace(field.first);
    absl::string_view value = absl::StripAsciiWhitespace(field.second);
    if (key == "ElementDataFile") break;  // the last: voxels follow
    if (key == "PatientSex" && (value == "M" || value == "F")) fields.male = value == "M";
    if (key != "PatientAge") continue;
    absl::ConsumeSuffix(&value, "Y");
    int years = 0;
    if (absl::SimpleAtoi(value, &years) && years >= 0 && years <= 120) fields.age = years;
  }
  return fields;
}

}  // namespace asap
