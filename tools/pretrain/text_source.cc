#include "tools/pretrain/text_source.h"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/status.h"
#include "core/io/find_weights.h"
#include "core/text/report_encoder.h"
#include "core/text/sentencepiece_tokenizer.h"

namespace asap {
namespace {

constexpr int64_t kMostReports = 20000;

absl::StatusOr<std::string> LearnVocabulary(int64_t vocabulary, const Dataset& dataset, const std::string& folder) {
  const std::string path = absl::StrCat(folder, "/tokenizer.model");
  if (std::filesystem::exists(path)) return path;
  std::vector<std::string> reports;
  const int64_t count = std::min(dataset.size(), kMostReports);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t index = i * dataset.size() / count;
    absl::StatusOr<ReportText> report = dataset.Report(index);
    if (!report.ok()) return Annotate(report.status(), dataset.Info(index).id);
    reports.push_back(absl::StrCat(report->findings, " ", report->impression));
  }
  LogInfo(absl::StrCat("learning a vocabulary of at most ", vocabulary, " pieces from ", reports.size(), " reports"));
  ASAP_RETURN_IF_ERROR(TrainSentencePiece(reports, vocabulary, path));
  return path;
}

// The weights file of a BERT that the user names by folder or file.
absl::StatusOr<std::string> EncoderWeights(const std::string& typed) {
  const std::string path = UserPath(typed);
  if (!std::filesystem::exists(path)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--text_encoder=", typed, " is none of learned and minilm, and no file or folder of that name exists"));
  }
  absl::StatusOr<std::string> file = FindWeights(path);
  if (!file.ok()) return Annotate(file.status(), absl::StrCat("--text_encoder=", typed));
  return file;
}

}  // namespace

absl::StatusOr<TextSource> ChooseText(const std::string& text_encoder, const std::string& tokenizer, int64_t vocabulary,
                                      const Dataset& dataset, const std::string& folder) {
  TextSource source;
  if (text_encoder == "minilm") {
    ASAP_ASSIGN_OR_RETURN(source.encoder_weights, Runfile("minilm/model/model.safetensors"));
  } else if (text_encoder != "learned") {
    ASAP_ASSIGN_OR_RETURN(source.encoder_weights, EncoderWeights(text_encoder));
  }

  if (tokenizer == "learn" || (tokenizer.empty() && source.encoder_weights.empty())) {
    if (!source.encoder_weights.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("--tokenizer=learn does not fit the frozen text encoder --text_encoder=",
                                                     text_encoder, ", which has a vocabulary of its own"));
    }
    ASAP_ASSIGN_OR_RETURN(source.tokenizer_path, LearnVocabulary(vocabulary, dataset, folder));
  } else if (tokenizer.empty()) {
    source.tokenizer_path = (std::filesystem::path(source.encoder_weights).parent_path() / "tokenizer.json").string();
    if (!std::filesystem::exists(source.tokenizer_path)) {
      return absl::NotFoundError(
          absl::StrCat("no tokenizer.json beside ", source.encoder_weights, ": name it with --tokenizer=FILE"));
    }
  } else {
    source.tokenizer_path = UserPath(tokenizer);
  }
  ASAP_ASSIGN_OR_RETURN(std::unique_ptr<Tokenizer> loaded, LoadTokenizer(source.tokenizer_path));
  ASAP_RETURN_IF_ERROR(ReportEncoder::Check(*loaded));
  source.tokenizer = std::move(loaded);
  return source;
}

}  // namespace asap
