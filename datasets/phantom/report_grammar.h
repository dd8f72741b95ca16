// Writes the radiology report of a scan: sentences from a grammar with synonyms, negations, places and sizes, each tied to the
// fact that it states. The facts are those of the volume: nothing is said that was not painted, and every finding is mentioned.
#ifndef ASAP_DATASETS_PHANTOM_REPORT_GRAMMAR_H_
#define ASAP_DATASETS_PHANTOM_REPORT_GRAMMAR_H_

#include <string>
#include <vector>

#include "core/dataset.h"
#include "datasets/phantom/case.h"

namespace asap::phantom {

// Sentences follow the usual order of a report: by region.
enum class Region { kAirways, kMediastinum, kHeart, kLungs, kPleura, kAbdomen, kBones };

// One sentence and what it says. `about` has a bit for each finding that it states, all present or all absent; 0 for a statement
// of normal anatomy.
struct Statement {
  uint32_t about = 0;
  bool present = false;
  Region region = Region::kLungs;
  Side side = Side::kNone;    // kNone: no side is named
  FineLabel lobe = kOutside;  // kOutside: no lobe is named
  int size_mm = 0;            // 0: no size is named
  std::string sentence;       // ends with a period that no digit precedes
};

struct StructuredReport {
  std::vector<Statement> findings;    // 6 to 14 where the findings allow
  std::vector<Statement> impression;  // 1 to 5

  ReportText Text() const;
};

StructuredReport WriteReport(const CaseFacts& facts);

}  // namespace asap::phantom

#endif  // ASAP_DATASETS_PHANTOM_REPORT_GRAMMAR_H_
