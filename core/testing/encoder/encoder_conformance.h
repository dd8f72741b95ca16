// What every encoder must do, whatever it computes. A plug-in's test calls one function:
//
//   TEST(MyEncoderTest, Conforms) { CheckEncoder("mine", {.parameters = {{"volume", "32x32x16"}}}); }
//
// Failures are reported through GoogleTest.
#ifndef ASAP_CORE_TESTING_ENCODER_ENCODER_CONFORMANCE_H_
#define ASAP_CORE_TESTING_ENCODER_ENCODER_CONFORMANCE_H_

#include <string>

#include "core/encoder.h"

namespace asap {

// Tests LoadEncoder(name, options), best small. The spec is consistent. Outputs have its shapes and are finite; intermediates
// come in the order asked for; two calls agree, also with a time of training between them; a batch of one equals its row in a
// batch; wrong shapes and unknown blocks are refused. Parameters have names of their own and are leaves; gradients reach them and
// the volume, unless they are forbidden; steps against them lower a loss, and change no other network that was made the same way.
// Another volume gives a network of the same weights for it, and one of no whole number of patches is refused.
void CheckEncoder(const std::string& name, const EncoderOptions& options);

}  // namespace asap

#endif  // ASAP_CORE_TESTING_ENCODER_ENCODER_CONFORMANCE_H_
