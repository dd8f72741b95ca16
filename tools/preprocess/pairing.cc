#include "tools/preprocess/pairing.h"

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "core/imaging/formats/read_volume.h"

namespace asap {
namespace {

// Index by path of those that `paired` does not have yet, the first of equal ones.
using Index = absl::flat_hash_map<absl::string_view, int>;

Index IndexOf(const std::vector<std::string>& paths, const std::vector<int>& paired) {
  Index index;
  for (size_t i = 0; i < paths.size(); ++i) {
    if (paired[i] < 0) index.emplace(paths[i], static_cast<int>(i));
  }
  return index;
}

absl::flat_hash_map<absl::string_view, int> CountNames(const std::vector<std::string>& paths) {
  absl::flat_hash_map<absl::string_view, int> counts;
  for (const std::string& path : paths) ++counts[BareName(path)];
  return counts;
}

// What could belong to what, and whether more than one thing could.
struct Candidate {
  int partner = -1;
  bool several = false;

  void Add(int other) {
    several = several || partner >= 0;
    partner = other;
  }
};

}  // namespace

std::string WithoutVolumeExtension(absl::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return absl::StrCat(path.substr(0, path.size() - BareName(path).size()), VolumeStem(path));
}

absl::string_view BareName(absl::string_view path) { return path.substr(path.rfind('/') + 1); }

std::vector<int> PairWithScans(const std::vector<std::string>& scans, const std::vector<std::string>& others) {
  std::vector<int> partner(scans.size(), -1), taken(others.size(), -1);
  const Index exact = IndexOf(others, taken);
  for (size_t i = 0; i < scans.size(); ++i) {
    const auto found = exact.find(scans[i]);
    if (found == exact.end()) continue;
    partner[i] = found->second;
    taken[found->second] = static_cast<int>(i);
  }

  const auto scan_names = CountNames(scans), other_names = CountNames(others);
  const bool names_tell = scan_names.size() > 1 || other_names.size() > 1;
  const auto once = [&](absl::string_view name) { return scan_names.at(name) == 1 && other_names.at(name) == 1; };
  std::vector<Candidate> of_scan(scans.size()), of_other(others.size());
  const auto add = [&](size_t scan, size_t other) {
    of_scan[scan].Add(static_cast<int>(other));
    of_other[other].Add(static_cast<int>(scan));
  };
  // The ends of a longer path that `shorter` has: "data/s1/ct" is looked up as "s1/ct" and "ct".
  const auto each_end = [](absl::string_view path, const Index& shorter, const auto& found) {
    for (size_t slash = path.find('/'); slash != absl::string_view::npos; slash = path.find('/', slash + 1)) {
      const auto end = shorter.find(path.substr(slash + 1));
      if (end != shorter.end()) found(end->second);
    }
  };
  const Index free_scans = IndexOf(scans, partner), free_others = IndexOf(others, taken);
  for (const auto& [path, scan] : free_scans) {
    each_end(path, free_others, [&, scan = scan](int other) {
      if (others[other].find('/') != std::string::npos || once(others[other])) add(scan, other);
    });
  }
  for (const auto& [path, other] : free_others) {
    each_end(path, free_scans, [&, other = other](int scan) {
      if (scans[scan].find('/') != std::string::npos || (once(scans[scan]) && names_tell)) add(scan, other);
    });
  }
  for (size_t i = 0; i < scans.size(); ++i) {
    const Candidate& candidate = of_scan[i];
    if (candidate.partner >= 0 && !candidate.several && !of_other[candidate.partner].several) partner[i] = candidate.partner;
  }
  return partner;
}

std::vector<size_t> Unpaired(const std::vector<int>& partners, size_t count) {
  std::vector<bool> used(count, false);
  for (const int partner : partners) {
    if (partner >= 0) used[partner] = true;
  }
  std::vector<size_t> unpaired;
  for (size_t i = 0; i < count; ++i) {
    if (!used[i]) unpaired.push_back(i);
  }
  return unpaired;
}

}  // namespace asap
