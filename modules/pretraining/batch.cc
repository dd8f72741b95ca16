#include "modules/pretraining/batch.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include <algorithm>

namespace asap {
namespace {

int64_t LongestText(const at::Tensor& attention) {
  if (!attention.defined() || attention.numel() == 0) return 0;
  const at::Tensor place = at::arange(1, attention.size(1) + 1, attention.options());
  return ((attention != 0) * place).max().item<int64_t>();
}

void Widen(const at::Tensor& values, bool& first, int64_t& least, int64_t& most) {
  if (!values.defined() || values.numel() == 0) return;
  const int64_t low = values.min().item<int64_t>(), high = values.max().item<int64_t>();
  least = first ? low : std::min(least, low);
  most = first ? high : std::max(most, high);
  first = false;
}

}  // namespace

std::vector<at::Tensor*> Batch::DeviceTensors() {
  std::vector<at::Tensor*> tensors = {&volumes,           &has_mask,   &patch_noise,      &findings_ids,     &findings_attention,
                                      &findings_sentence, &report_ids, &report_attention, &report_masked_ids};
  if (facts.has_value()) tensors.push_back(&facts->masked_places);
  return tensors;
}

TextFacts DescribeTexts(const Batch& batch) {
  TextFacts facts;
  facts.findings_length = LongestText(batch.findings_attention);
  facts.report_length = LongestText(batch.report_attention);
  if (batch.findings_ids.defined() && batch.findings_attention.defined()) {
    facts.findings_ids = batch.findings_ids.cpu();
    const at::Tensor attention = batch.findings_attention.cpu();
    const at::Tensor place = at::arange(1, attention.size(1) + 1, attention.options());
    facts.findings_lengths = ((attention != 0) * place).amax(1);
  }
  bool first = true;
  for (const at::Tensor& ids : {batch.findings_ids, batch.report_ids, batch.report_masked_ids}) {
    Widen(ids, first, facts.least_token, facts.most_token);
  }
  first = true;
  Widen(batch.findings_sentence, first, facts.least_sentence, facts.most_sentence);
  if (batch.findings_sentence.defined() && batch.findings_sentence.numel() > batch.findings_sentence.size(0)) {
    facts.sentences = batch.findings_sentence.slice(1, 1).max().item<int64_t>();
  }
  const at::Tensor& masked = batch.report_masked_ids;
  if (masked.defined() && batch.report_attention.defined() && masked.sizes() == batch.report_attention.sizes()) {
    facts.masked_places = (masked == batch.mask_token).logical_and(batch.report_attention != 0).flatten().nonzero().squeeze(1);
  }
  return facts;
}

}  // namespace asap
