#include "core/benchmark/network_encoder.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <future>

#include "absl/strings/str_cat.h"
#include "core/base/random.h"
#include "core/base/status.h"
#include "core/benchmark/case_volumes.h"

namespace asap {
namespace {

constexpr int64_t kCasesAFile = 256;  // what a killed process loses at most

std::string KeyOf(const Dataset& dataset, int64_t index) {
  return absl::StrCat(dataset.Info(index).id, "\t", dataset.Fingerprint(index));
}

// A folder's name that tells the view.
std::string ViewName(const FeatureView& view) {
  std::string name = absl::StrCat("hu", view.window[0], "_", view.window[1]);
  if (view.augmented >= 0) absl::StrAppend(&name, "_view", view.augmented, "_seed", view.seed, view.noise ? "" : "_quiet");
  if (view.drop_path > 0) absl::StrAppend(&name, "_drop", view.drop_path);
  return name;
}

}  // namespace

absl::StatusOr<std::unique_ptr<NetworkEncoder>> NetworkEncoder::Open(NetworkFactory make, NetworkEncoderOptions options) {
  ASAP_ASSIGN_OR_RETURN(std::unique_ptr<Encoder> network, make({}));
  return std::unique_ptr<NetworkEncoder>(new NetworkEncoder(std::move(network), std::move(make), std::move(options)));
}

NetworkEncoder::NetworkEncoder(std::unique_ptr<Encoder> network, NetworkFactory make, NetworkEncoderOptions options)
    : network_(std::move(network)), make_(std::move(make)), options_(std::move(options)) {}

FeatureStore& NetworkEncoder::StoreOf(const Dataset& dataset, const FeatureView& view) {
  const std::string place = absl::StrCat(dataset.card().name, "/", ViewName(view));
  std::unique_ptr<FeatureStore>& store = stores_[place];
  if (store == nullptr) {
    // A case whose state is not known must not be found by a later process.
    const bool keep = !options_.cache_folder.empty() && (dataset.size() == 0 || !dataset.Fingerprint(0).empty());
    store = std::make_unique<FeatureStore>(keep ? absl::StrCat(options_.cache_folder, "/", options_.digest, "/", place) : "",
                                           static_cast<int64_t>(poolings_.size()), width());
    store->Load();
  }
  return *store;
}

absl::StatusOr<at::Tensor> NetworkEncoder::Features(const Dataset& dataset, absl::Span<const int64_t> cases,
                                                    const FeatureView& view, const std::function<bool(int64_t done)>& progress) {
  const std::lock_guard<std::mutex> lock(mutex_);
  FeatureStore passing("", static_cast<int64_t>(poolings_.size()), width());
  FeatureStore& store = view.keep ? StoreOf(dataset, view) : passing;
  // Once for each case: a file that is touched meanwhile has another key the next time.
  std::vector<std::string> keys, missing_keys;
  std::vector<int64_t> missing;
  for (const int64_t index : cases) {
    keys.push_back(KeyOf(dataset, index));
    if (store.Find(keys.back()) != nullptr) continue;
    missing.push_back(index);
    missing_keys.push_back(keys.back());
  }
  if (!missing.empty()) {
    ASAP_RETURN_IF_ERROR(Encode(dataset, missing, missing_keys, view, cases.size() - missing.size(), progress, store));
  }
  const int64_t row = static_cast<int64_t>(poolings_.size()) * width();
  at::Tensor features =
      at::empty({static_cast<int64_t>(cases.size()), static_cast<int64_t>(poolings_.size()), width()}, at::kFloat);
  for (size_t i = 0; i < cases.size(); ++i) {
    const float* found = store.Find(keys[i]);
    std::copy(found, found + row, features.data_ptr<float>() + i * row);
  }
  return features;
}

absl::Status NetworkEncoder::Encode(const Dataset& dataset, const std::vector<int64_t>& cases,
                                    const std::vector<std::string>& keys, const FeatureView& view, int64_t done,
                                    const std::function<bool(int64_t)>& progress, FeatureStore& store) {
  const c10::NoGradGuard no_grad;
  const int64_t last_block = network_->spec().depth - 1;
  // Each case has paths of its own to drop, whatever it is batched with.
  const size_t batch = view.drop_path > 0 ? 1 : options_.batch_size;
  const auto read = [&](size_t begin) {
    const size_t count = std::min<size_t>(batch, cases.size() - begin);
    return CaseVolumes(dataset, absl::MakeSpan(cases).subspan(begin, count), network_->spec(), view);
  };
  std::vector<std::string> encoded;
  std::vector<at::Tensor> features;
  const auto keep = [&] {
    if (encoded.empty()) return;
    store.Add(encoded, at::cat(features));
    encoded.clear();
    features.clear();
  };
  std::future<absl::StatusOr<at::Tensor>> next = std::async(std::launch::async, read, 0);
  for (size_t begin = 0; begin < cases.size();) {
    const absl::StatusOr<at::Tensor> volumes = next.get();
    if (!volumes.ok()) {
      keep();
      return volumes.status();
    }
    const size_t end = begin + volumes->size(0);
    if (end < cases.size()) next = std::async(std::launch::async, read, end);
    EncodeOptions options{.intermediate_blocks = {last_block}, .drop_path = view.drop_path};
    if (view.drop_path > 0) {
      options.drop_path_seed =
          CounterRng(view.seed, "drop path", Fnv1a64(dataset.Info(cases[begin]).id), static_cast<uint64_t>(view.augmented))
              .Next();
    }
    const absl::StatusOr<EncoderOutput> output = network_->Encode(volumes->to(options_.device), options);
    if (!output.ok()) {
      keep();
      return output.status();
    }
    // Before the final norm, whose weights belong to pre-training: what the published probes read.
    const at::Tensor& tokens = output->intermediates[0];
    features.push_back(at::stack({tokens.slice(1, 1).mean(1), tokens.select(1, 0)}, 1).to(at::kCPU, at::kFloat));
    for (; begin < end; ++begin) encoded.push_back(keys[begin]);
    done += volumes->size(0);
    if (static_cast<int64_t>(encoded.size()) >= kCasesAFile) keep();
    if (progress != nullptr && !progress(done)) {
      keep();
      return absl::CancelledError("stopped while encoding; what was encoded is kept");
    }
  }
  keep();
  return absl::OkStatus();
}

}  // namespace asap
