// What every encoder must do, whatever it computes. A plug-in's test calls one function:
//
//   TEST(MyEncoderTest, Conforms) {
//     CheckEncoder([] { return LoadEncoder("mine", {.parameters = {{"volume", "32x32x16"}}}); });
//   }
//
// Failures are reported through GoogleTest.
#ifndef ASAP_CORE_TESTING_MODEL_CONFORMANCE_H_
#define ASAP_CORE_TESTING_MODEL_CONFORMANCE_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "core/encoder.h"

namespace asap {

// The spec is consistent; outputs have its shapes and are finite; intermediates come in the order asked for; two calls agree; a
// batch of one equals its row in a batch; wrong shapes and unknown blocks are refused; gradients reach the volume.
void CheckEncoder(const std::function<absl::StatusOr<std::unique_ptr<Encoder>>()>& make);

}  // namespace asap

#endif  // ASAP_CORE_TESTING_MODEL_CONFORMANCE_H_
