// A split list as the published benchmark ships them: a CSV with the cases' ids in its first column and whole numbers, the
// labels, in all others.
//
//   const ExpectedList* expected = FindExpectedList(ListKind::kClassification, "stoic", "train_list_10.csv");
//   ASAP_ASSIGN_OR_RETURN(const PublishedList list, ReadPublishedList(path, expected));
#ifndef ASAP_CORE_DATA_PUBLISHED_LIST_PUBLISHED_LIST_H_
#define ASAP_CORE_DATA_PUBLISHED_LIST_PUBLISHED_LIST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace asap {

// What a list was when it was published.
struct ExpectedList {
  const char* file = "";  // "train_list_10.csv"
  int64_t rows = 0;       // without the header
  const char* sha256_prefix = "";
};

struct PublishedList {
  std::string path;
  std::vector<std::string> ids;          // in the file's order, each once, without .nii.gz
  std::vector<std::string> label_names;  // as the header spells them
  std::vector<int> values;               // [ids, label_names]
  std::string sha256;                    // of the file's bytes; 64 hexadecimal digits

  int64_t size() const { return static_cast<int64_t>(ids.size()); }
  int Value(int64_t row, int64_t label) const { return values[row * static_cast<int64_t>(label_names.size()) + label]; }
};

// A row that repeats a case counts once; one that gives it other labels is an error. The header is known by its beginning:
// VolumeName, NoteAcc_DEID, im..., PatientID or SeriesInstanceUID. With `expected`, a list whose rows or digest differ is an
// error (FailedPrecondition) that says by what, and what to do; without, any list is taken. Line ends that a checkout turned into
// CR LF are turned back for the digest.
absl::StatusOr<PublishedList> ReadPublishedList(const std::string& path, const ExpectedList* expected = nullptr);

}  // namespace asap

#endif  // ASAP_CORE_DATA_PUBLISHED_LIST_PUBLISHED_LIST_H_
