// Writes one array as an .npz file, as numpy.savez_compressed does, atomically.
#ifndef ASAP_CORE_IO_WRITE_NPZ_H_
#define ASAP_CORE_IO_WRITE_NPZ_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/io/npz.h"

namespace asap {

// `header` describes `elements`; its data_offset is ignored. Without `compress`, as numpy.savez does.
absl::Status WriteNpz(const std::string& path, const std::string& name, const NpyHeader& header, absl::string_view elements,
                      bool compress = true);

// The same in memory.
absl::StatusOr<std::string> MakeNpz(const std::string& name, const NpyHeader& header, absl::string_view elements,
                                    bool compress = true);
// The array alone, as a .npy file.
std::string MakeNpy(const NpyHeader& header, absl::string_view elements);

}  // namespace asap

#endif  // ASAP_CORE_IO_WRITE_NPZ_H_
