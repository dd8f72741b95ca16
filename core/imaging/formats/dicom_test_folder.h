// A fixture of tests of DICOM: a folder of its own for each test, and slices to put there.
#ifndef ASAP_CORE_IMAGING_FORMATS_DICOM_TEST_FOLDER_H_
#define ASAP_CORE_IMAGING_FORMATS_DICOM_TEST_FOLDER_H_

#include <filesystem>
#include <fstream>
#include <string>

#include "core/imaging/formats/write_dicom.h"
#include "gtest/gtest.h"

namespace asap {

class DicomTestFolder : public testing::Test {
 protected:
  DicomTestFolder() : folder_(testing::TempDir() + "/" + testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }

  // Slice z, 2.5 mm apart, with voxel (x, y) stored as 100 z + 10 y + x.
  static DicomSlice Slice(int z) {
    DicomSlice slice;
    slice.position = {-10, -20, 50 + 2.5 * z};
    for (int y = 0; y < slice.rows; ++y) {
      for (int x = 0; x < slice.columns; ++x) slice.stored.push_back(static_cast<int16_t>(100 * z + 10 * y + x));
    }
    return slice;
  }

  void WriteBytes(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ + "/" + name, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  void Write(const std::string& name, const DicomSlice& slice) { WriteBytes(name, DicomBytes(slice)); }

  const std::string folder_;
};

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_DICOM_TEST_FOLDER_H_
