#include "tools/benchmark/open_data.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/file.h"
#include "core/base/random.h"
#include "core/base/status.h"
#include "core/base/suggest.h"
#include "datasets/phantom/layouts/write_dataset.h"

namespace asap {

absl::StatusOr<BenchmarkData> BenchmarkData::OfFiles(const std::string& data_root) {
  BenchmarkData data;
  if (data_root.empty()) {
    return absl::InvalidArgumentError(
        "--data=files needs --data_root: a folder with one folder for each dataset by its name, or DATASET=FOLDER pairs");
  }
  if (!absl::StrContains(data_root, '=')) {
    data.root_ = UserPath(data_root);
    std::error_code error;
    if (!std::filesystem::is_directory(data.root_, error)) {
      return absl::InvalidArgumentError(absl::StrCat("--data_root=", data_root,
                                                     ": is no folder; expected one with a folder for each "
                                                     "dataset by its name (stoic, luna16, ...)"));
    }
    return data;
  }
  const std::vector<std::string> known = Registry<DatasetFactory>::Get("dataset").Names();
  for (absl::string_view part : absl::StrSplit(data_root, ',')) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(part, absl::MaxSplits('=', 1));
    if (std::find(known.begin(), known.end(), pair.first) == known.end()) {
      return absl::InvalidArgumentError(absl::StrCat("--data_root: ", UnknownName("dataset", pair.first, known)));
    }
    data.folder_[pair.first] = UserPath(pair.second);
  }
  return data;
}

absl::StatusOr<BenchmarkData> BenchmarkData::OfPhantom(const std::vector<std::string>& datasets, const std::string& folder,
                                                       const PhantomData& phantom,
                                                       const std::function<bool(const std::string&, int64_t, int64_t)>& told) {
  BenchmarkData data;
  int64_t made_now = 0;
  data.root_ = folder;
  for (size_t i = 0; i < datasets.size(); ++i) {
    const std::string& name = datasets[i];
    const std::string root = absl::StrCat(folder, "/", name);
    const uint64_t seed = phantom.seed + Fnv1a64(name) % 1'000'000;
    const std::string made =
        absl::StrCat("cases ", phantom.cases, ", size ", absl::StrJoin(phantom.size, "x"), ", seed ", seed, "\n");
    const std::string marker = absl::StrCat(root, "/phantom.txt");  // written last: the folder is whole
    if (const absl::StatusOr<std::string> there = ReadFile(marker); there.ok() && *there == made) continue;
    if (told != nullptr && !told(name, made_now, static_cast<int64_t>(datasets.size() - i))) {
      return absl::CancelledError("stopped while the phantom was written; the same command goes on");
    }
    std::error_code error;
    std::filesystem::remove_all(root, error);
    ASAP_RETURN_IF_ERROR(MakeWritableFolder(root));
    // RAD-ChestCT's .npz has no spacing and means 0.8 mm: the phantom's coarse scans would be read as a few centimetres of a
    // patient.
    const LayoutOptions layout{.root = root, .prepared = name == "rad_chestct"};
    const auto written =
        WritePhantom(name, layout, {.cases = phantom.cases, .size = phantom.size, .seed = seed}, phantom.threads);
    if (!written.ok()) return Annotate(written.status(), absl::StrCat("the phantom as ", name));
    ASAP_RETURN_IF_ERROR(WriteFileAtomically(marker, made));
    ++made_now;
  }
  return data;
}

absl::StatusOr<DatasetOptions> BenchmarkData::OptionsOf(const std::string& name) const {
  DatasetOptions options;
  const auto own = folder_.find(name);
  options.root = own != folder_.end() ? own->second : root_.empty() ? "" : absl::StrCat(root_, "/", name);
  std::error_code error;
  if (options.root.empty() || !std::filesystem::is_directory(options.root, error)) {
    return absl::NotFoundError(absl::StrCat("no folder for the dataset ", name,
                                            options.root.empty() ? "" : absl::StrCat(" at ", options.root), "; add ", name,
                                            "=FOLDER to --data_root, or leave its tasks out (--tasks)"));
  }
  if (name == "pairs") options.table = absl::StrCat(options.root, "/pairs.csv");
  return options;
}

absl::StatusOr<std::unique_ptr<Dataset>> BenchmarkData::OpenAsStored(const std::string& name) const {
  ASAP_ASSIGN_OR_RETURN(const DatasetOptions options, OptionsOf(name));
  return OpenDataset(name, options);
}

absl::StatusOr<std::unique_ptr<Dataset>> BenchmarkData::Open(const std::string& name,
                                                             const std::array<double, 3>& spacing) const {
  ASAP_ASSIGN_OR_RETURN(DatasetOptions options, OptionsOf(name));
  options.parameters = {{"spacing", absl::StrJoin(spacing, "x")}};
  absl::StatusOr<std::unique_ptr<Dataset>> dataset = OpenDataset(name, options);
  // Pictures have no spacing to resample from.
  if (dataset.ok() && !(*dataset)->card().hounsfield) return OpenAsStored(name);
  return dataset;
}

}  // namespace asap
