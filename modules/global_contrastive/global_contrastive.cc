#include "modules/global_contrastive/global_contrastive.h"

#include <ATen/ATen.h>

#include <cmath>

#include "modules/layers/init.h"

namespace asap {
namespace {

at::Tensor UnitRows(const at::Tensor& x) { return x / x.norm(2, {-1}, /*keepdim=*/true).clamp_min(1e-12); }

// Lower than any logit (|logit| <= most_scale) and far from overflow.
constexpr double kExcluded = -1e9;

}  // namespace

GlobalContrastive::GlobalContrastive(const GlobalContrastiveOptions& options) : options_(options) {
  image_ = register_module("global_image_proj", std::make_shared<Linear>(options.width, options.width));
  text_ = register_module("global_text_proj", std::make_shared<Linear>(options.text_width, options.width));
  logit_scale_ = register_parameter("global_logit_scale", at::zeros({1}));
  InitialiseParameters(*this, options.seed);
  const at::NoGradGuard no_grad;
  logit_scale_.fill_(-std::log(options.start_temperature));
}

GlobalPairs GlobalContrastive::Embed(const at::Tensor& latent, const at::Tensor& findings, const at::Tensor& attention) const {
  const at::Tensor volumes = AtLeastFloat(image_->forward(latent.slice(1, 1).mean(1)));
  const at::Tensor reports = AtLeastFloat(text_->forward(findings.select(1, 0)));
  const AutocastOff off(volumes.device().type());
  return {UnitRows(volumes), UnitRows(reports), attention.sum(1) > 1};
}

at::Tensor GlobalContrastive::Loss(const GlobalPairs& pairs) const {
  const AutocastOff off(pairs.volumes.device().type());
  {
    // The value, not its use: so that a gradient towards smaller scales is never cut.
    const at::NoGradGuard no_grad;
    at::Tensor value = logit_scale_;
    value.clamp_max_(std::log(options_.most_scale));
  }
  const at::Tensor logits = pairs.volumes.mm(pairs.reports.t()) * logit_scale_.exp();  // [volume, report]
  const at::Tensor own = logits.diagonal();
  const at::Tensor missing = pairs.valid.logical_not();
  const at::Tensor of_volume = logits.masked_fill(missing.unsqueeze(0), kExcluded).logsumexp({1}) - own;
  const at::Tensor of_report = logits.masked_fill(missing.unsqueeze(1), kExcluded).logsumexp({0}) - own;
  const at::Tensor valid = pairs.valid.to(logits.scalar_type());
  return ((of_volume + of_report) * valid).sum() / (2 * valid.sum().clamp_min(1));
}

double GlobalContrastive::scale() const { return std::exp(logit_scale_.item<double>()); }

}  // namespace asap
