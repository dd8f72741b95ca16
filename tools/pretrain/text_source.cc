#include "tools/pretrain/text_source.h"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/sha256.h"
#include "core/base/status.h"
#include "core/io/find_weights.h"
#include "core/text/sentencepiece_tokenizer.h"
#include "modules/pretraining/report_encoder.h"

namespace asap {
namespace {

constexpr int64_t kMostReports = 20000;

// A folder of its own for as long as it lives; made when it is first asked for.
class TemporaryFolder {
 public:
  TemporaryFolder() = default;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  absl::StatusOr<std::string> Path() {
    if (!path_.empty()) return path_;
    std::string path = (std::filesystem::temp_directory_path() / "asap-tokenizer-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) return absl::InternalError(absl::StrCat("cannot make a folder such as ", path));
    return path_ = path;
  }

 private:
  std::string path_;
};

// The first name "earlier-N-tokenizer.model" that is free.
absl::Status SetAside(const std::string& folder, const std::string& model) {
  std::string aside;
  int copy = 0;
  do {
    aside = absl::StrCat(folder, "/earlier-", ++copy, "-tokenizer.model");
  } while (std::filesystem::exists(aside));
  std::error_code error;
  std::filesystem::rename(model, aside, error);
  if (error) return absl::InternalError(absl::StrCat("cannot rename ", model, " to ", aside, ": ", error.message()));
  LogWarning(absl::StrCat("the vocabulary ", model, " was learnt from other reports, or at another size: it is now ", aside,
                          ", and one is learnt anew"));
  return absl::OkStatus();
}

// The path of the vocabulary, which is learnt unless the folder has that of these reports.
absl::StatusOr<std::string> LearnVocabulary(int64_t vocabulary, const Dataset& dataset, const VocabularyPlace& place,
                                            TemporaryFolder& temporary) {
  std::string path = absl::StrCat(place.folder, "/tokenizer.model"), record = absl::StrCat(place.folder, "/tokenizer.reports");
  std::error_code error;
  const bool there = std::filesystem::exists(path, error);
  if (there && place.going_on) return path;
  std::vector<std::string> reports;
  Sha256 digest;
  digest.Update(absl::StrCat("sentencepiece ", vocabulary, "\n"));
  const int64_t count = std::min(dataset.size(), kMostReports);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t index = i * dataset.size() / count;
    absl::StatusOr<ReportText> report = dataset.Report(index);
    if (!report.ok()) return Annotate(report.status(), dataset.Info(index).id);
    reports.push_back(absl::StrCat(report->findings, " ", report->impression));
    digest.Update(absl::StrCat(reports.back().size(), ":", reports.back()));
  }
  const std::string of_these = absl::StrCat(digest.Hex(), "\n");
  if (there && ReadFile(record).value_or("") == of_these) return path;
  if (place.trial) {
    ASAP_ASSIGN_OR_RETURN(const std::string folder, temporary.Path());
    path = absl::StrCat(folder, "/tokenizer.model");
  } else {
    std::filesystem::remove(record, error);  // a call that is cut off leaves no record of other reports
    if (there) ASAP_RETURN_IF_ERROR(SetAside(place.folder, path));
  }
  LogInfo(absl::StrCat("learning a vocabulary of at most ", vocabulary, " pieces from ", reports.size(), " reports"));
  ASAP_RETURN_IF_ERROR(TrainSentencePiece(reports, vocabulary, path));
  if (!place.trial) ASAP_RETURN_IF_ERROR(WriteFileAtomically(record, of_these));
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

// The same as ChooseText; a vocabulary that is not kept lies in `temporary`.
absl::StatusOr<TextSource> Choose(const std::string& text_encoder, const std::string& tokenizer, int64_t vocabulary,
                                  const Dataset& dataset, const VocabularyPlace& place, TemporaryFolder& temporary) {
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
    ASAP_ASSIGN_OR_RETURN(source.tokenizer_path, LearnVocabulary(vocabulary, dataset, place, temporary));
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

}  // namespace

absl::StatusOr<TextSource> ChooseText(const std::string& text_encoder, const std::string& tokenizer, int64_t vocabulary,
                                      const Dataset& dataset, const VocabularyPlace& place) {
  TemporaryFolder temporary;
  return Choose(text_encoder, tokenizer, vocabulary, dataset, place, temporary);
}

absl::StatusOr<TextSource> ChooseText(ProcessGroup* group, const std::string& text_encoder, const std::string& tokenizer,
                                      int64_t vocabulary, const Dataset& dataset, const VocabularyPlace& place) {
  if (group == nullptr) return ChooseText(text_encoder, tokenizer, vocabulary, dataset, place);
  TemporaryFolder temporary;
  TextSource source;
  std::string contents;
  ASAP_RETURN_IF_ERROR(group->FirstOnRankZero([&]() -> absl::Status {
    ASAP_ASSIGN_OR_RETURN(source, Choose(text_encoder, tokenizer, vocabulary, dataset, place, temporary));
    ASAP_ASSIGN_OR_RETURN(contents, ReadFile(source.tokenizer_path));
    return absl::OkStatus();
  }));
  ASAP_ASSIGN_OR_RETURN(const std::string name,
                        group->Broadcast(std::filesystem::path(source.tokenizer_path).filename().string()));
  ASAP_ASSIGN_OR_RETURN(contents, group->Broadcast(contents));
  if (group->rank() == 0) return source;
  ASAP_ASSIGN_OR_RETURN(const std::string own, temporary.Path());
  const std::string path = absl::StrCat(own, "/", name);
  ASAP_RETURN_IF_ERROR(WriteFileAtomically(path, contents));
  return ChooseText(text_encoder, path, vocabulary, dataset, place);
}

}  // namespace asap
