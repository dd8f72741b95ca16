#include "core/imaging/formats/write_npz_volume.h"

#include <vector>

#include "absl/strings/string_view.h"
#include "core/imaging/formats/npz_volume.h"
#include "core/imaging/reorient.h"
#include "core/io/write_npz.h"

namespace asap {

absl::Status WriteNpzVolume(const std::string& path, const Volume<int16_t>& volume, bool fortran_order) {
  const VolumeView<int16_t> ras = RasView(volume);
  const Index3 size = ras.geometry.size;
  const auto at = [&](int64_t slice, int64_t row, int64_t column) {
    return ras.data[ras.offset + (size[0] - 1 - column) * ras.stride[0] + (size[1] - 1 - row) * ras.stride[1] +
                    (size[2] - 1 - slice) * ras.stride[2]];
  };
  std::vector<int16_t> array;
  array.reserve(volume.voxels.size());
  if (fortran_order) {
    for (int64_t column = 0; column < size[0]; ++column) {
      for (int64_t row = 0; row < size[1]; ++row) {
        for (int64_t slice = 0; slice < size[2]; ++slice) array.push_back(at(slice, row, column));
      }
    }
  } else {
    for (int64_t slice = 0; slice < size[2]; ++slice) {
      for (int64_t row = 0; row < size[1]; ++row) {
        for (int64_t column = 0; column < size[0]; ++column) array.push_back(at(slice, row, column));
      }
    }
  }
  NpyHeader header;
  header.item_bytes = sizeof(int16_t);
  header.fortran_order = fortran_order;
  header.shape = {size[2], size[1], size[0]};
  return WriteNpz(path, kNpzArray, header,
                  absl::string_view(reinterpret_cast<const char*>(array.data()), array.size() * sizeof(int16_t)));
}

}  // namespace asap
