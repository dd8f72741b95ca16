#include "tools/benchmark/open_encoders.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/file.h"
#include "core/base/sha256_file.h"
#include "core/base/status.h"
#include "core/base/suggest.h"
#include "core/benchmark/file_features.h"
#include "core/benchmark/network_encoder.h"
#include "core/encoder.h"
#include "core/io/weights.h"

namespace asap {
namespace {

constexpr char kFeatures[] = "features";

std::vector<std::string> Kinds() {
  std::vector<std::string> kinds = Registry<EncoderFactory>::Get("encoder").Names();
  kinds.emplace_back(kFeatures);
  return kinds;
}

bool IsKind(absl::string_view text) {
  for (const std::string& kind : Kinds()) {
    if (kind == text) return true;
  }
  return false;
}

absl::StatusOr<EncoderChoice> ParseOne(absl::string_view text) {
  EncoderChoice choice;
  // A name has no slash, so that files may have equals signs in theirs.
  if (const size_t equals = text.find('='); equals != text.npos && text.substr(0, equals).find('/') == text.npos) {
    choice.name = std::string(text.substr(0, equals));
    text.remove_prefix(equals + 1);
  }
  const size_t colon = text.find(':');
  if (IsKind(text)) {
    choice.kind = std::string(text);
  } else if (colon != text.npos && text.substr(0, colon).find('/') == text.npos) {
    choice.kind = std::string(text.substr(0, colon));
    choice.file = UserPath(text.substr(colon + 1));
  } else if (absl::StrContains(text, '.') || absl::StrContains(text, '/')) {
    choice.kind = "asap";
    choice.file = UserPath(text);
  } else {
    return absl::InvalidArgumentError(absl::StrCat("--encoder: ", UnknownName("kind of encoder", text, Kinds())));
  }
  if (!IsKind(choice.kind)) {
    return absl::InvalidArgumentError(absl::StrCat("--encoder: ", UnknownName("kind of encoder", choice.kind, Kinds())));
  }
  if (choice.kind != "random" && choice.file.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("--encoder=", choice.kind, ": needs a file, as ", choice.kind, ":FILE"));
  }
  if (choice.name.empty()) choice.name = choice.kind;
  if (absl::StrContains(choice.name, '/')) return absl::InvalidArgumentError("--encoder: a name has no slash");
  return choice;
}

// The digest of a network's weights and settings.
absl::StatusOr<std::string> DigestOf(const std::string& kind, const std::string& file, c10::Device device) {
  Sha256 digest;
  digest.Update(absl::StrCat(kind, "\n"));
  // Another kind of device gives other last digits: features and runs of one are not taken for those of another.
  if (!device.is_cpu()) digest.Update(absl::StrCat(c10::DeviceTypeName(device.type(), /*lower_case=*/true), "\n"));
  if (!file.empty()) {
    ASAP_ASSIGN_OR_RETURN(const std::vector<std::string> files, FilesOfWeights(file));
    for (const std::string& each : files) ASAP_RETURN_IF_ERROR(UpdateFromFile(each, digest));
  }
  return digest.Hex();
}

}  // namespace

absl::StatusOr<std::vector<EncoderChoice>> ParseEncoders(const std::string& flag) {
  std::vector<EncoderChoice> choices;
  std::set<std::string> names;
  for (absl::string_view text : absl::StrSplit(flag, ',')) {
    ASAP_ASSIGN_OR_RETURN(EncoderChoice choice, ParseOne(absl::StripAsciiWhitespace(text)));
    if (!names.insert(choice.name).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("--encoder: two are named \"", choice.name, "\"; give one another name, as other=", choice.kind, ":FILE"));
    }
    choices.push_back(std::move(choice));
  }
  return choices;
}

absl::StatusOr<OpenedEncoders> OpenEncoders(const std::vector<EncoderChoice>& choices, const std::string& cache_folder,
                                            int64_t batch_size, c10::Device device) {
  std::string architecture;  // the first file's, for random weights
  for (const EncoderChoice& choice : choices) {
    if (architecture.empty() && choice.kind != kFeatures) architecture = choice.file;
  }
  OpenedEncoders opened;
  for (const EncoderChoice& choice : choices) {
    Measured measured{.name = choice.name, .kind = choice.kind};
    if (choice.kind == kFeatures) {
      ASAP_ASSIGN_OR_RETURN(std::unique_ptr<MeasuredEncoder> features, FileFeatures::Open(choice.name, choice.file));
      measured.digest = features->digest();
      opened.encoders.push_back(std::move(features));
    } else {
      const std::string file = choice.file.empty() ? architecture : choice.file;
      ASAP_ASSIGN_OR_RETURN(measured.digest, DigestOf(choice.kind, file, device));
      const NetworkFactory make =
          [kind = choice.kind, file, device, digest = measured.digest](
              const std::map<std::string, std::string>& parameters) -> absl::StatusOr<std::unique_ptr<Encoder>> {
        ASAP_ASSIGN_OR_RETURN(const std::string now, DigestOf(kind, file, device));
        if (now != digest) {
          return absl::FailedPreconditionError(absl::StrCat(
              file, ": has changed since the benchmark began; start it again, and what the file is now will be measured"));
        }
        return LoadEncoder(kind, {.weights = file, .device = device, .parameters = parameters});
      };
      NetworkEncoderOptions options{.name = choice.name,
                                    .digest = measured.digest,
                                    .cache_folder = cache_folder,
                                    .batch_size = batch_size,
                                    .device = device};
      ASAP_ASSIGN_OR_RETURN(std::unique_ptr<MeasuredEncoder> network, NetworkEncoder::Open(make, std::move(options)));
      opened.encoders.push_back(std::move(network));
    }
    opened.measured.push_back(std::move(measured));
  }
  return opened;
}

}  // namespace asap
