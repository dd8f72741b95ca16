#include "core/train/checkpoint_state.h"

#include <torch/version.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "core/base/random.h"

namespace asap {
namespace {

constexpr int kFormat = 1;
using Json = nlohmann::ordered_json;

// Settings as one number, for comparing runs by eye.
std::string Fingerprint(const TrainState& state) {
  uint64_t hash = 0;
  for (const auto& [name, value] : state.config) hash = Mix64(hash + Fnv1a64(name)) ^ Fnv1a64(value);
  return absl::StrCat(absl::Hex(hash, absl::kZeroPad16));
}

}  // namespace

std::string ManifestToJson(const CheckpointManifest& manifest) {
  const TrainState& state = manifest.state;
  Json json;
  json["format"] = kFormat;
  json["step"] = state.step;
  json["data"] = {{"epoch", state.epoch}, {"batch", state.batch}};
  json["skipped"] = state.skipped;
  json["skipped_in_a_row"] = state.skipped_in_a_row;
  json["seconds"] = state.seconds;
  json["pending"] = Json::object();
  for (const auto& [name, sum] : state.pending) json["pending"][name] = {{"sum", sum.sum}, {"count", sum.count}};
  if (state.best_step >= 0) {
    json["best"] = {{"score", state.best_score}, {"step", state.best_step}, {"epoch", state.best_epoch}};
  }
  if (state.epochs_closed > 0) json["epochs_closed"] = state.epochs_closed;
  if (state.ended) json["ended"] = true;
  json["config"] = Json::array();
  for (const auto& [name, value] : state.config) json["config"].push_back({name, value});
  json["config_fingerprint"] = Fingerprint(state);
  json["versions"] = {{"libtorch", TORCH_VERSION}};
  json["files"] = Json::object();
  for (const auto& [name, digest] : manifest.files) json["files"][name] = {{"bytes", digest.bytes}, {"crc32", digest.crc32}};
  return absl::StrCat(json.dump(2, ' ', false, Json::error_handler_t::replace), "\n");
}

absl::StatusOr<CheckpointManifest> ManifestFromJson(absl::string_view text) {
  const Json json = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return absl::InvalidArgumentError("it is not a JSON object");
  CheckpointManifest manifest;
  TrainState& state = manifest.state;
  try {
    if (json.at("format").get<int>() != kFormat) {
      return absl::InvalidArgumentError(
          absl::StrCat("its format is ", json.at("format").get<int>(), ", this program reads format ", kFormat));
    }
    state.step = json.at("step").get<int64_t>();
    state.epoch = json.at("data").at("epoch").get<int64_t>();
    state.batch = json.at("data").at("batch").get<int64_t>();
    state.skipped = json.at("skipped").get<int64_t>();
    state.skipped_in_a_row = json.at("skipped_in_a_row").get<int64_t>();
    state.seconds = json.at("seconds").get<double>();
    for (const auto& [name, sum] : json.at("pending").items()) {
      state.pending.push_back({name, {.sum = sum.at("sum").get<double>(), .count = sum.at("count").get<int64_t>()}});
    }
    if (const auto best = json.find("best"); best != json.end()) {
      state.best_score = best->at("score").get<double>();
      state.best_step = best->at("step").get<int64_t>();
      state.best_epoch = best->at("epoch").get<int64_t>();
    }
    state.epochs_closed = json.value("epochs_closed", int64_t{0});
    state.ended = json.value("ended", false);
    for (const Json& setting : json.at("config")) {
      state.config.emplace_back(setting.at(0).get<std::string>(), setting.at(1).get<std::string>());
    }
    for (const auto& [name, digest] : json.at("files").items()) {
      manifest.files[name] = {.bytes = digest.at("bytes").get<int64_t>(), .crc32 = digest.at("crc32").get<uint32_t>()};
    }
  } catch (const Json::exception& error) {
    return absl::InvalidArgumentError(error.what());
  }
  if (state.step < 0 || state.epoch < 0 || state.batch < 0) return absl::InvalidArgumentError("it holds a negative count");
  return manifest;
}

}  // namespace asap
