#include "core/train/shared_start.h"

#include <ATen/ops/empty.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status.h"
#include "core/train/checkpoint_state.h"

namespace asap {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

absl::Status CheckSameAsRankZero(ProcessGroup& group, const std::vector<std::pair<std::string, std::string>>& config) {
  ASAP_ASSIGN_OR_RETURN(const std::string text,
                        group.Broadcast(Json(config).dump(-1, ' ', false, Json::error_handler_t::replace)));
  const auto of_zero = Json::parse(text).get<std::vector<std::pair<std::string, std::string>>>();
  std::vector<std::string> differences;
  for (size_t i = 0; i < std::max(config.size(), of_zero.size()); ++i) {
    const auto shown = [i](const auto& settings) {
      return i < settings.size() ? absl::StrCat(settings[i].first, " ", settings[i].second) : "nothing";
    };
    // Each process may read the volumes from a disk of its own.
    if (i < config.size() && i < of_zero.size() && config[i].first == kVolumeFilesSetting &&
        of_zero[i].first == config[i].first) {
      continue;
    }
    if (shown(config) != shown(of_zero)) differences.push_back(absl::StrCat(shown(config), " instead of ", shown(of_zero)));
  }
  if (differences.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("it has other settings or data than rank 0: ", absl::StrJoin(differences, "; "),
                   ". Start all processes with the same command, on the same data and the same build."));
}

absl::Status BroadcastState(ProcessGroup& group, TrainState& state) {
  ASAP_ASSIGN_OR_RETURN(const std::string text, group.Broadcast(ManifestToJson({.state = state})));
  ASAP_ASSIGN_OR_RETURN(CheckpointManifest manifest, ManifestFromJson(text));
  state = std::move(manifest.state);
  return absl::OkStatus();
}

absl::StatusOr<NamedTensors> BroadcastTensors(ProcessGroup& group, const NamedTensors& tensors) {
  Json list = Json::array();
  for (const NamedTensor& named : tensors) {
    list.push_back({named.name, static_cast<int>(named.tensor.scalar_type()), named.tensor.sizes().vec()});
  }
  ASAP_ASSIGN_OR_RETURN(const std::string text, group.Broadcast(list.dump()));
  NamedTensors result = tensors;
  if (group.rank() != 0) {
    result.clear();
    for (const Json& entry : Json::parse(text)) {
      result.push_back({entry[0].get<std::string>(),
                        at::empty(entry[2].get<std::vector<int64_t>>(), static_cast<at::ScalarType>(entry[1].get<int>()))});
    }
  }
  ASAP_RETURN_IF_ERROR(group.Broadcast(result));
  return result;
}

}  // namespace asap
