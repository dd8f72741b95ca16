#include "modules/pretraining/report_encoder.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/text/laterality.h"
#include "modules/pretraining/report.h"

namespace asap {

absl::Status ReportEncoder::Check(const Tokenizer& tokenizer) {
  const SpecialIds& special = tokenizer.special();
  std::string missing;
  const auto need = [&](int64_t id, absl::string_view piece) {
    if (id < 0) absl::StrAppend(&missing, missing.empty() ? "" : ", ", piece);
  };
  need(special.pad, "[PAD]");
  need(tokenizer.Encode("[CLS]") == std::vector<int64_t>{special.cls} ? special.cls : -1, "[CLS]");
  need(special.mask, "[MASK]");
  need(tokenizer.period(), "\".\"");
  if (missing.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the ", tokenizer.kind(), " vocabulary has no piece for ", missing,
                                                 "; pre-training on reports needs these: use CXR-BERT's tokenizer.json, or a "
                                                 "vocabulary learnt from the reports themselves"));
}

ReportEncoder::ReportEncoder(std::shared_ptr<const Tokenizer> tokenizer, ReportEncoderOptions options)
    : tokenizer_(std::move(tokenizer)), options_(options) {
  const absl::Status status = Check(*tokenizer_);
  if (!status.ok() || options_.max_length < 2) {
    std::fprintf(stderr, "ReportEncoder: %s\n", status.ok() ? "max_length below 2" : std::string(status.message()).c_str());
    std::abort();
  }
}

EncodedText ReportEncoder::EncodeText(absl::string_view text, bool with_sentences) const {
  EncodedText out;
  out.ids = tokenizer_->Encode(CleanText(text));
  out.length = std::min<int64_t>(static_cast<int64_t>(out.ids.size()), options_.max_length);
  out.ids.resize(out.length);
  out.ids.resize(options_.max_length, tokenizer_->special().pad);
  out.attention.assign(options_.max_length, 0);
  std::fill_n(out.attention.begin(), out.length, 1);
  if (with_sentences) {
    out.sentence = SentenceIndex(out.ids, out.length, *tokenizer_, options_.upstream_compat, &out.sentences);
  } else {
    out.sentence.assign(options_.max_length, 0);
  }
  return out;
}

EncodedReport ReportEncoder::Encode(const ReportText& cells, bool mirrored, CounterRng& rng) const {
  ReportTexts texts = JoinReport(cells, options_.upstream_compat);
  if (mirrored && !options_.upstream_compat) {
    texts.findings = SwapLaterality(texts.findings);
    texts.report = SwapLaterality(texts.report);
  }
  EncodedReport out;
  out.findings = EncodeText(texts.findings, /*with_sentences=*/true);
  out.report = EncodeText(texts.report, /*with_sentences=*/false);
  out.masked_ids = RandomMask(out.report.ids, out.report.length, tokenizer_->special(), options_.mask_probability,
                              options_.upstream_compat, [&rng] { return rng.Uniform(); });
  return out;
}

}  // namespace asap
