#include "tools/pretrain/text_source.h"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/status.h"
#include "core/io/find_weights.h"
#include "core/text/sentencepiece_tokenizer.h"
#include "modules/pretraining/report_encoder.h"

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

absl::StatusOr<TextSource> ChooseText(ProcessGroup* group, const std::string& text_encoder, const std::string& tokenizer,
                                      int64_t vocabulary, const Dataset& dataset, const std::string& folder) {
  if (group == nullptr) return ChooseText(text_encoder, tokenizer, vocabulary, dataset, folder);
  TextSource source;
  std::string contents;
  ASAP_RETURN_IF_ERROR(group->FirstOnRankZero([&]() -> absl::Status {
    ASAP_ASSIGN_OR_RETURN(source, ChooseText(text_encoder, tokenizer, vocabulary, dataset, folder));
    ASAP_ASSIGN_OR_RETURN(contents, ReadFile(source.tokenizer_path));
    return absl::OkStatus();
  }));
  ASAP_ASSIGN_OR_RETURN(const std::string name,
                        group->Broadcast(std::filesystem::path(source.tokenizer_path).filename().string()));
  ASAP_ASSIGN_OR_RETURN(contents, group->Broadcast(contents));
  if (group->rank() == 0) return source;
  std::string own = (std::filesystem::temp_directory_path() / "asap-tokenizer-XXXXXX").string();
  if (mkdtemp(own.data()) == nullptr) return absl::InternalError(absl::StrCat("cannot make a folder such as ", own));
  const std::string path = absl::StrCat(own, "/", name);
  const absl::Status written = WriteFileAtomically(path, contents);
  absl::StatusOr<TextSource> copied =
      written.ok() ? ChooseText(text_encoder, path, vocabulary, dataset, folder) : absl::StatusOr<TextSource>(written);
  std::error_code ignored;
  std::filesystem::remove_all(own, ignored);
  return copied;
}

}  // namespace asap
