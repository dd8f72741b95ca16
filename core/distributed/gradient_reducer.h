// Averages gradients over a process group while they are computed (c10d's Reducer): parameters are gathered in buckets of 25 MB,
// and a bucket travels as soon as its last gradient is there, under the rest of the backward pass.
//
//   GradientReducer reducer(group, model.Parameters());
//   first_loss.backward();                               // of a micro-step that is not the last: stays on this rank
//   ASAP_RETURN_IF_ERROR(reducer.Backward(last_loss));   // .grad is now the mean over the ranks of all that was accumulated
//
// A parameter that no rank's losses reached is left without a gradient; one that some reached counts as zero on the others.
#ifndef ASAP_CORE_DISTRIBUTED_GRADIENT_REDUCER_H_
#define ASAP_CORE_DISTRIBUTED_GRADIENT_REDUCER_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "core/distributed/process_group.h"
#include "core/io/tensor.h"

namespace c10d {
class Reducer;
}

namespace asap {

class GradientReducer {
 public:
  // Leaves that require a gradient, the same on every rank and in the same order: that of the forward pass, as buckets are filled
  // from the end. The group must outlive the reducer.
  GradientReducer(ProcessGroup* group, const NamedTensors& parameters, int64_t bucket_bytes = int64_t{25} << 20);
  ~GradientReducer();

  // The backward pass of the scalar `loss`, all ranks at the same time. Errors of the exchange as ProcessGroup's; other
  // exceptions of the backward pass are passed on.
  absl::Status Backward(const at::Tensor& loss);

 private:
  ProcessGroup* const group_;
  std::unique_ptr<c10d::Reducer> reducer_;
};

}  // namespace asap

#endif  // ASAP_CORE_DISTRIBUTED_GRADIENT_REDUCER_H_
