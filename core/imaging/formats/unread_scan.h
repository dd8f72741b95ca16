// Files that look like scans and are not read: a folder of scans must not lose one without a word.
#ifndef ASAP_CORE_IMAGING_FORMATS_UNREAD_SCAN_H_
#define ASAP_CORE_IMAGING_FORMATS_UNREAD_SCAN_H_

#include <string>

namespace asap {

struct UnreadScan {
  std::string kind;    // what it looks like by its name, such as ".mnc"; empty for all other files
  std::string remedy;  // a sentence
};

// Looks at the name alone, but that an .img whose .hdr lies beside it is not told for itself. For files that ReadVolume does not
// read, of folders that hold no DICOM series.
UnreadScan LooksLikeUnreadScan(const std::string& path);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_UNREAD_SCAN_H_
