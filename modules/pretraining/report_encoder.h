// From a report's cells to what a step of pre-training reads: ids, attention, sentence numbers, masked ids.
//
//   ASAP_RETURN_IF_ERROR(ReportEncoder::Check(*tokenizer));
//   ReportEncoder encoder(tokenizer, {.max_length = 512});
//   CounterRng rng(seed, "mask", epoch, sample);
//   EncodedReport report = encoder.Encode({.findings = "...", .impression = "..."}, /*mirrored=*/false, rng);
#ifndef ASAP_MODULES_PRETRAINING_REPORT_ENCODER_H_
#define ASAP_MODULES_PRETRAINING_REPORT_ENCODER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/base/random.h"
#include "core/dataset.h"
#include "core/text/tokenizer.h"

namespace asap {

// All three vectors have max_length elements; ids are the tokenizer's pad, the others 0, from `length` on.
struct EncodedText {
  std::vector<int64_t> ids;
  std::vector<int64_t> attention;  // 1 token, 0 padding
  std::vector<int64_t> sentence;   // 1, 2, ...: number of the sentence; 0 outside sentences and on padding
  int64_t length = 0;              // tokens, [CLS] included, after truncation: 1 for an empty text
  int64_t sentences = 0;           // 0 only for an empty text (under upstream_compat: a text without a closed sentence)
};

struct EncodedReport {
  EncodedText findings;             // what alignment reads
  EncodedText report;               // findings and impression: the labels of the language loss. No sentence numbers.
  std::vector<int64_t> masked_ids;  // report.ids with masked tokens replaced: the input of the language model
};

struct ReportEncoderOptions {
  int64_t max_length = 512;
  // The published code, quirk by quirk: cells joined without a space, empty cells read "nan", text after the last period belongs
  // to no sentence, padding is masked too, the first and last positions never are, and mirrored images keep their text.
  bool upstream_compat = false;
  double mask_probability = 0.75;
};

// Thread-safe.
class ReportEncoder {
 public:
  // Whether the vocabulary has what an encoder needs: [PAD], [CLS], [MASK] and a period.
  static absl::Status Check(const Tokenizer& tokenizer);

  // `tokenizer` must pass Check, and max_length be 2 at least.
  ReportEncoder(std::shared_ptr<const Tokenizer> tokenizer, ReportEncoderOptions options);

  // `mirrored`: the image was mirrored left to right, so "left" reads "right" and back. `rng` draws the masked tokens.
  EncodedReport Encode(const ReportText& text, bool mirrored, CounterRng& rng) const;

  const Tokenizer& tokenizer() const { return *tokenizer_; }
  const ReportEncoderOptions& options() const { return options_; }

 private:
  EncodedText EncodeText(absl::string_view text, bool with_sentences) const;

  std::shared_ptr<const Tokenizer> tokenizer_;
  ReportEncoderOptions options_;
};

}  // namespace asap

#endif  // ASAP_MODULES_PRETRAINING_REPORT_ENCODER_H_
