#include "modules/pretraining/testing/synthetic_batch.h"

#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <string>

#include "core/base/random.h"
#include "core/testing/encoder/synthetic_volumes.h"

namespace asap {
namespace {

struct Text {
  at::Tensor ids, attention, sentence;  // [T]
};

// [CLS], then `sentences` times three words and a full stop, as far as there is room.
Text MakeText(CounterRng rng, int64_t sentences, const SyntheticBatchOptions& options) {
  Text text{at::zeros({options.text_length}, at::kLong), at::zeros({options.text_length}, at::kLong),
            at::zeros({options.text_length}, at::kLong)};
  int64_t place = 0;
  const auto put = [&](int64_t id, int64_t sentence) {
    if (place >= options.text_length) return;
    text.ids[place] = id;
    text.attention[place] = 1;
    text.sentence[place] = sentence;
    ++place;
  };
  put(2, sentences > 0 ? 1 : 0);
  for (int64_t s = 1; s <= sentences; ++s) {
    for (int word = 0; word < 3; ++word) put(rng.UniformInt(6, options.vocabulary - 1), s);
    put(5, s);
  }
  return text;
}

}  // namespace

Batch SyntheticBatch(const EncoderSpec& spec, const SyntheticBatchOptions& options) {
  const int64_t cases = options.cases, length = options.text_length;
  Batch batch;
  batch.volumes = SyntheticVolumes(spec, cases, options.seed, &batch.masks);
  if (!options.masks) batch.masks.zero_();
  batch.has_mask = at::full({cases}, options.masks, at::kBool);
  batch.patch_noise = at::zeros({cases, spec.patches()}, at::kFloat);
  for (at::Tensor* ids : {&batch.findings_ids, &batch.findings_attention, &batch.findings_sentence, &batch.report_ids,
                          &batch.report_attention, &batch.report_masked_ids}) {
    *ids = at::zeros({cases, length}, at::kLong);
  }
  for (int64_t i = 0; i < cases; ++i) {
    batch.case_ids.push_back("synthetic" + std::to_string(i));
    CounterRng noise(options.seed, "noise", i);
    for (int64_t l = 0; l < spec.patches(); ++l) batch.patch_noise[i][l] = noise.Uniform();
    const int64_t sentences = options.sentences.empty() ? (i % 2 == 0 ? 3 : 1) : options.sentences[i % options.sentences.size()];
    const Text text = MakeText(CounterRng(options.seed, "text", i), sentences, options);
    batch.findings_ids[i] = batch.report_ids[i] = batch.report_masked_ids[i] = text.ids;
    batch.findings_attention[i] = batch.report_attention[i] = text.attention;
    batch.findings_sentence[i] = text.sentence;
    CounterRng masking(options.seed, "masking", i);
    for (int64_t t = 1; t < length; ++t) {
      if (text.attention[t].item<int64_t>() != 0 && masking.Bernoulli(0.5)) batch.report_masked_ids[i][t] = batch.mask_token;
    }
  }
  return batch;
}

Batch SliceBatch(const Batch& batch, int64_t first, int64_t count) {
  Batch part = batch;
  part.facts.reset();
  part.case_ids.assign(batch.case_ids.begin() + first, batch.case_ids.begin() + first + count);
  for (at::Tensor* tensor :
       {&part.volumes, &part.masks, &part.has_mask, &part.patch_noise, &part.findings_ids, &part.findings_attention,
        &part.findings_sentence, &part.report_ids, &part.report_attention, &part.report_masked_ids}) {
    if (tensor->defined()) *tensor = tensor->slice(0, first, first + count);
  }
  return part;
}

}  // namespace asap
