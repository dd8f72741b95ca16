#include "modules/layers/init.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <string>

#include "absl/strings/match.h"
#include "core/base/random.h"

namespace asap {

void InitialiseParameters(torch::nn::Module& module, uint64_t seed) {
  const at::NoGradGuard no_grad;
  const auto parameters = module.named_parameters();
  for (const auto& item : parameters) {
    const std::string& name = item.key();
    at::Tensor parameter = item.value();
    const at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(Mix64(seed ^ Fnv1a64(name)));
    if (absl::EndsWith(name, "cls_token") || absl::EndsWith(name, "mask_token") ||
        absl::EndsWith(name, "position_embeddings.weight") || absl::EndsWith(name, "token_type_embeddings.weight")) {
      parameter.normal_(0, 0.02, generator);
    } else if (absl::EndsWith(name, "patch_embed.proj.bias")) {
      const at::Tensor* weight = parameters.find(name.substr(0, name.size() - 4) + "weight");
      const double bound = 1 / std::sqrt(static_cast<double>(weight->numel() / weight->size(0)));
      parameter.uniform_(-bound, bound, generator);
    } else if (parameter.dim() >= 2) {
      const double fan_out = static_cast<double>(parameter.size(0));
      const double bound = std::sqrt(6 / (fan_out + static_cast<double>(parameter.numel()) / fan_out));
      parameter.uniform_(-bound, bound, generator);
    } else {
      parameter.fill_(absl::EndsWith(name, "weight") ? 1 : 0);
    }
  }
}

}  // namespace asap
