// What a head on frozen features is: one affine map, or two with a hidden layer between them, and the loss that trains it.
#ifndef ASAP_MODULES_HEADS_HEAD_OPTIONS_H_
#define ASAP_MODULES_HEADS_HEAD_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace asap {

enum class HeadLoss {
  kBinary,    // mean binary cross-entropy over all labels
  kSoftmax,   // mean cross-entropy over classes that exclude each other
  kSurvival,  // hazards of intervals, see survival_loss.h
};

// likelihood * (-mean log likelihood of survival) + flags * (mean binary cross-entropy of "dead by the end of interval j").
struct SurvivalWeights {
  double likelihood = 1;
  double flags = 0;
  double floor = 0;  // added to a case's likelihood; 0: exact, in logarithms
};

struct HeadOptions {
  HeadLoss loss = HeadLoss::kBinary;
  int64_t inputs = 768;  // C
  int64_t outputs = 1;   // K: labels, classes or intervals
  int64_t hidden = 0;    // 0: Linear(C, K); otherwise Linear(C, hidden), ReLU, dropout, Linear(hidden, K)
  double dropout = 0;    // of the hidden layer while training
  SurvivalWeights survival;
  // Where the layers start: from weights of N(0, 2e-5^2) and biases of 0. If set, from U(-1/sqrt(in), 1/sqrt(in)) instead,
  // PyTorch's default, which the published prognosis leaves the biases, and the weights too where the encoder is random.
  bool default_biases = false, default_weights = false;
  std::vector<std::string> names = {"head"};  // of the layers, in files: NAME.weight [out, in], NAME.bias [out]

  absl::Status Validate() const;  // InvalidArgument, naming the number
};

// Labels (kBinary) or classes (kSoftmax) from the feature directly: "head".
HeadOptions LinearHead(HeadLoss loss, int64_t inputs, int64_t outputs);

// The published head of severity: linear, "survival_head", with random biases.
HeadOptions SeverityHead(int64_t inputs);

// Three logits by "projection_head.0" of the width of the input and "survival_head". As published, 2 * likelihood + flags with a
// floor of 1e-8: each logit is trained both as a hazard and as the flag "dead by then", and the risk is their sum. Otherwise
// likelihood alone, exactly; scores then come from the survival function itself. See HorizonRisks.
HeadOptions SurvivalHead(int64_t inputs, int64_t intervals, bool as_published);

}  // namespace asap

#endif  // ASAP_MODULES_HEADS_HEAD_OPTIONS_H_
