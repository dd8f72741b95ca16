// Who was scanned, from the text at the start of a .mha file.
#ifndef ASAP_DATASETS_STOIC_MHA_HEADER_H_
#define ASAP_DATASETS_STOIC_MHA_HEADER_H_

#include <limits>
#include <string>

namespace asap {

// NaN where the header has no such field, or a value that is not understood.
struct PatientFields {
  double age = std::numeric_limits<double>::quiet_NaN();   // years, from "065Y" or "65"
  double male = std::numeric_limits<double>::quiet_NaN();  // 1 for M, 0 for F
};

// Reads the first few kilobytes. A file that cannot be read has no fields.
PatientFields ReadPatientFields(const std::string& path);

}  // namespace asap

#endif  // ASAP_DATASETS_STOIC_MHA_HEADER_H_
