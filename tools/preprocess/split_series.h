// DICOM series whose files lie in several folders, which makes of one scan several cases.
#ifndef ASAP_TOOLS_PREPROCESS_SPLIT_SERIES_H_
#define ASAP_TOOLS_PREPROCESS_SPLIT_SERIES_H_

#include <vector>

#include "tools/preprocess/cases.h"

namespace asap {

// A folder is known by the series of which it holds most files. Where other folders hold files of that series that it lacks, the
// case gets a defect that names one of them; where one holds the same files, a warning.
void MarkSplitSeries(std::vector<ScanCase>& cases);

}  // namespace asap

#endif  // ASAP_TOOLS_PREPROCESS_SPLIT_SERIES_H_
