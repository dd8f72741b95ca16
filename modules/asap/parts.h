// The components of one ASAP model. Those that no selected loss needs are null. Internal to modules/asap.
#ifndef ASAP_MODULES_ASAP_PARTS_H_
#define ASAP_MODULES_ASAP_PARTS_H_

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/loss.h"
#include "modules/adaptive_fusion/adaptive_fusion.h"
#include "modules/anatomy_injection/anatomy_injection.h"
#include "modules/asap/config.h"
#include "modules/asap/text_cache.h"
#include "modules/bert/bert.h"
#include "modules/global_contrastive/global_contrastive.h"
#include "modules/layers/taps.h"
#include "modules/masked_image/masked_image.h"
#include "modules/masked_report/masked_report.h"
#include "modules/pretraining/batch.h"
#include "modules/selective_alignment/selective_alignment.h"
#include "modules/vit3d/vision_transformer.h"

namespace asap {

struct AsapParts {
  AsapConfig config;
  std::shared_ptr<VisionTransformer> encoder;
  std::shared_ptr<ImageDecoder> decoder;          // for image or injection
  std::shared_ptr<AnatomyHead> anatomy;           // for injection
  std::shared_ptr<Bert> text;                     // for a loss that reads text
  std::shared_ptr<SelectiveAlignment> alignment;  // for alignment
  std::shared_ptr<AdaptiveFusion> fusion;         // for report
  std::shared_ptr<MaskedReport> report;           // for report
  std::shared_ptr<GlobalContrastive> global;      // for global
  at::ScalarType type = at::kFloat;
  std::shared_ptr<TextCache> text_cache;  // of findings; null for none
  Taps* taps = nullptr;

  static absl::StatusOr<std::shared_ptr<AsapParts>> Build(AsapConfig config, std::shared_ptr<Bert> text);

  // The components that exist, each with the prefix of its names, in the published order.
  std::vector<std::pair<std::string, std::shared_ptr<torch::nn::Module>>> Modules() const;
};

// The batch's own, or looked up in its texts.
inline TextFacts FactsOf(const Batch& batch) { return batch.facts.has_value() ? *batch.facts : DescribeTexts(batch); }

// How each shared tensor of asap.h is made. The providers keep the parts alive.
std::map<std::string, StepState::Provider> MakeProviders(const std::shared_ptr<AsapParts>& parts);

// What LossContext::model holds for losses of an ASAP model.
using AsapPartsHandle = std::shared_ptr<AsapParts>;

}  // namespace asap

#endif  // ASAP_MODULES_ASAP_PARTS_H_
