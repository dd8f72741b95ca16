#include "modules/masked_image/voxel_loss.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

namespace asap {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Of 2048 voxels in float32: 2 MiB, as much as a cache holds; 64 where every piece costs launches of kernels.
constexpr int64_t kRowsOnCpu = 256, kRowsElsewhere = 8192;

// Each row of voxels brought to mean 0 and variance 1.
at::Tensor Normalised(const at::Tensor& rows) {
  const auto [variance, mean] = at::var_mean(rows, /*dim=*/{-1}, /*unbiased=*/true, /*keepdim=*/true);
  return (rows - mean) / (variance + 1e-6).sqrt();
}

// The sum of squared errors over `divisor`. Its gradients are known with it, and are all that is kept of it: predictions, targets
// and errors of all patches would be four tensors of the size of the volume.
class VoxelError : public torch::autograd::Function<VoxelError> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& predicted, const at::Tensor& target, bool normalise,
                            double divisor, bool with_graph) {
    const auto empty_like_if = [with_graph](const at::Tensor& x) {
      return with_graph && x.requires_grad() ? at::empty(x.sizes(), x.options()) : at::Tensor();
    };
    const at::Tensor of_predicted = empty_like_if(predicted), of_target = empty_like_if(target);
    const int64_t rows = target.size(0) * target.size(1), at_once = target.is_cpu() ? kRowsOnCpu : kRowsElsewhere;
    at::Tensor sum = at::zeros({}, target.options());
    for (int64_t first = 0; first < rows; first += at_once) {
      const auto piece = [&](const at::Tensor& x) { return x.flatten(0, 1).slice(0, first, first + at_once); };
      const at::AutoGradMode with_target_graph(of_target.defined());
      const at::Tensor given = piece(target.detach()).requires_grad_(of_target.defined());
      const at::Tensor wanted = normalise ? Normalised(given) : given;
      const at::NoGradGuard no_grad;
      // Under autocast predictions are bfloat16 while targets are not: the wider type for both.
      const at::Tensor error = piece(predicted).to(wanted.scalar_type()) - wanted;
      sum += error.square().sum();
      const at::Tensor gradient = error * (2 / divisor);
      if (of_predicted.defined()) piece(of_predicted).copy_(gradient);
      if (of_target.defined()) piece(of_target).copy_(torch::autograd::grad({wanted}, {given}, {-gradient})[0]);
    }
    context->save_for_backward({of_predicted, of_target});
    return sum / divisor;
  }

  static variable_list backward(AutogradContext* context, variable_list upstream) {
    variable_list gradients = context->get_saved_variables();
    for (at::Tensor& gradient : gradients) {
      if (gradient.defined()) gradient = gradient * upstream[0];
    }
    gradients.resize(5);
    return gradients;
  }
};

}  // namespace

at::Tensor VoxelLoss(const at::Tensor& predicted, const at::Tensor& target, int64_t patches, const VoxelLossOptions& options) {
  const int64_t rows = options.masked_voxels_mean ? predicted.size(1) : patches;
  const double voxels =
      static_cast<double>(predicted.size(0)) * static_cast<double>(rows) * static_cast<double>(predicted.size(2));
  return VoxelError::apply(predicted, target, options.norm_pix_loss, std::max(voxels, 1.0), at::GradMode::is_enabled());
}

}  // namespace asap
