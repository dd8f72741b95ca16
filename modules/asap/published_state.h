// The published model's state: every name, its shape as a function of the model's sizes, and which component it belongs to.
//
//   PublishedState state = MatchPublishedState(tensors);
//   state.missing: {"blocks.3.norm1.weight", ...}
//
// Sizes are not given but found: the first tensor that has one decides it, and all others must agree.
#ifndef ASAP_MODULES_ASAP_PUBLISHED_STATE_H_
#define ASAP_MODULES_ASAP_PUBLISHED_STATE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace asap {

// "... .context_fusion_layer. ..." -> "... .fusion_layer. ...", and the other names of earlier versions of the published code.
std::string CurrentPublishedName(const std::string& name);

// Names of which each kind of published weights has one: a file in which one of them stands behind a beginning, as "model.", is
// of that kind. See TakeOffBeginning() of core/io/weight_names.h.
constexpr const char* kImageAnchors[] = {"patch_embed.proj.weight", "blocks.0.norm1.weight"};
constexpr const char* kTextAnchors[] = {"bert_encoder.bert.embeddings.word_embeddings.weight",
                                        "bert.embeddings.word_embeddings.weight", "embeddings.word_embeddings.weight"};
constexpr const char* kPublishedAnchors[] = {kImageAnchors[0], kTextAnchors[0], kTextAnchors[1], kTextAnchors[2],
                                             kImageAnchors[1]};

using Shapes = std::map<std::string, std::vector<int64_t>>;

struct PublishedState {
  struct Component {
    std::string name;  // "encoder", "text encoder", ...
    std::vector<std::string> found;
    std::vector<std::string> missing;  // that the component cannot do without; empty where nothing of it was found
  };
  std::vector<Component> components;  // all of them, in the published order

  std::vector<std::string> unexpected;                      // no name of the published state
  std::map<std::string, std::vector<int64_t>> reshaped;     // the same elements in another shape, and the right one
  std::map<std::string, std::vector<int64_t>> wrong_shape;  // and the shape that the others ask for
  std::map<std::string, std::vector<int64_t>> expected;     // shape of all that was found
  std::map<std::string, int64_t> sizes;                     // "width", "depth", "patches", "patch_0", ..., as far as known

  const Component& component(const std::string& name) const;  // one of those
};

// `shapes` under current names; `sizes` that are known already, under the names of PublishedState::sizes.
PublishedState MatchPublishedState(const Shapes& shapes, const std::map<std::string, int64_t>& sizes = {});

}  // namespace asap

#endif  // ASAP_MODULES_ASAP_PUBLISHED_STATE_H_
