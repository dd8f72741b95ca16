#include "modules/asap/published_state.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace asap {
namespace {

constexpr char kEncoder[] = "encoder", kImageDecoder[] = "image decoder", kInjection[] = "anatomy injection",
               kTextEncoder[] = "text encoder", kReportDecoder[] = "report decoder", kAlignment[] = "alignment";
constexpr const char* kComponents[] = {kEncoder, kImageDecoder, kInjection, kTextEncoder, kReportDecoder, kAlignment};

struct Row {
  std::string name;   // with # for a layer's number
  std::string shape;  // sizes by name, each perhaps times a number: "3*width width"
  const char* component;
  bool needed = true;
};

class Table {
 public:
  Table() {
    Add(kEncoder, "cls_token", "1 1 width");
    Add(kEncoder, "pos_embed", "1 positions width", false);  // computed
    Add(kEncoder, "patch_embed.proj.weight", "width 1 patch_0 patch_1 patch_2");
    Add(kEncoder, "patch_embed.proj.bias", "width");
    AddBlocks(kEncoder, "blocks.#", "width", "mlp");
    AddPair(kEncoder, "norm", "width", "");

    Add(kImageDecoder, "mask_token", "1 1 decoder_width");
    Add(kImageDecoder, "decoder_pos_embed", "1 positions decoder_width", false);
    AddPair(kImageDecoder, "decoder_embed", "decoder_width", "width");
    AddBlocks(kImageDecoder, "decoder_blocks.#", "decoder_width", "decoder_mlp");
    AddPair(kImageDecoder, "decoder_norm", "decoder_width", "", false);  // what only the image loss reads
    AddPair(kImageDecoder, "decoder_pred_layer", "patch_voxels", "decoder_width", false);

    AddPair(kInjection, "decoder_injection_pred_layer_0", "classes", "decoder_width");
    AddPair(kInjection, "decoder_injection_pred_norm", "classes", "");
    AddPair(kInjection, "decoder_injection_pred_layer_1", "classes", "classes");

    AddBert(kTextEncoder, "bert_encoder.bert.", "text", true);
    AddPredictions(kTextEncoder, "bert_encoder.cls.predictions.", "text", false);
    AddHead(kTextEncoder, "bert_encoder.cls_projection_head.", "text_projection", "text_width", false);

    AddHead(kReportDecoder, "bert_feature_proj.", "width", "text_width");
    AddBert(kReportDecoder, "bert_decoder.bert.", "report", false);
    AddPair(kReportDecoder, "bert_decoder.bert.pooler.dense", "width", "width", false);
    AddBertLayer(kReportDecoder, "bert_decoder.bert.fusion_layer.", "width", "report_mlp");
    for (const char* name : {"query", "key", "value"}) {
      AddPair(kReportDecoder, absl::StrCat("bert_decoder.bert.fusion_layer.cross_self_attention.", name), "width", "width");
    }
    AddPair(kReportDecoder, "bert_decoder.bert.fusion_layer.gap_mlp", "width", "width");
    AddPair(kReportDecoder, "bert_decoder.bert.fusion_layer.out_layer.dense", "width", "width");
    AddPair(kReportDecoder, "bert_decoder.bert.fusion_layer.out_layer.LayerNorm", "width", "");
    AddPredictions(kReportDecoder, "bert_decoder.cls.predictions.", "report", true);
    AddPair(kReportDecoder, "bert_mlp", "width", "width", false);  // carried and never read, as the next
    AddPair(kReportDecoder, "bert_topk_mlp", "width", "width", false);

    AddHead(kAlignment, "finding_align_img_mlp.", "width", "width");
    AddHead(kAlignment, "align_text_mlp.", "width", "text_width");
    AddPair(kAlignment, "regression_head", "1", "width");
  }

  const std::vector<Row>& rows() const { return rows_; }

 private:
  void Add(const char* component, const std::string& name, const std::string& shape, bool needed = true) {
    rows_.push_back({name, shape, component, needed});
  }

  // A linear map, or a norm where `in` is empty.
  void AddPair(const char* component, const std::string& name, const std::string& out, const std::string& in,
               bool needed = true) {
    Add(component, absl::StrCat(name, ".weight"), in.empty() ? out : absl::StrCat(out, " ", in), needed);
    Add(component, absl::StrCat(name, ".bias"), out, needed);
  }

  void AddBlocks(const char* component, const std::string& root, const std::string& width, const std::string& mlp) {
    AddPair(component, absl::StrCat(root, ".norm1"), width, "");
    AddPair(component, absl::StrCat(root, ".attn.qkv"), absl::StrCat("3*", width), width);
    AddPair(component, absl::StrCat(root, ".attn.proj"), width, width);
    AddPair(component, absl::StrCat(root, ".norm2"), width, "");
    AddPair(component, absl::StrCat(root, ".mlp.fc1"), mlp, width);
    AddPair(component, absl::StrCat(root, ".mlp.fc2"), width, mlp);
  }

  void AddHead(const char* component, const std::string& root, const std::string& out, const std::string& in,
               bool needed = true) {
    AddPair(component, absl::StrCat(root, "dense_to_hidden"), out, in, needed);
    AddPair(component, absl::StrCat(root, "LayerNorm"), out, "", needed);
    AddPair(component, absl::StrCat(root, "dense_to_output"), out, out, needed);
  }

  void AddBertLayer(const char* component, const std::string& root, const std::string& width, const std::string& mlp) {
    for (const char* name : {"query", "key", "value"}) {
      AddPair(component, absl::StrCat(root, "attention.self.", name), width, width);
    }
    AddPair(component, absl::StrCat(root, "attention.output.dense"), width, width);
    AddPair(component, absl::StrCat(root, "attention.output.LayerNorm"), width, "");
    AddPair(component, absl::StrCat(root, "intermediate.dense"), mlp, width);
    AddPair(component, absl::StrCat(root, "output.dense"), width, mlp);
    AddPair(component, absl::StrCat(root, "output.LayerNorm"), width, "");
  }

  // `kind` is text, whose width is its own, or report, whose width is the encoder's and whose embeddings nothing reads.
  void AddBert(const char* component, const std::string& root, const std::string& kind, bool embeddings) {
    const std::string width = kind == "text" ? "text_width" : "width";
    const std::string table = absl::StrCat(root, "embeddings.");
    Add(component, absl::StrCat(table, "word_embeddings.weight"), absl::StrCat(kind, "_words ", width), embeddings);
    Add(component, absl::StrCat(table, "position_embeddings.weight"), absl::StrCat(kind, "_positions ", width), embeddings);
    Add(component, absl::StrCat(table, "token_type_embeddings.weight"), absl::StrCat("2 ", width), embeddings);
    AddPair(component, absl::StrCat(table, "LayerNorm"), width, "", embeddings);
    AddBertLayer(component, absl::StrCat(root, "encoder.layer.#."), width, absl::StrCat(kind, "_mlp"));
  }

  void AddPredictions(const char* component, const std::string& root, const std::string& kind, bool needed) {
    const std::string width = kind == "text" ? "text_width" : "width", words = absl::StrCat(kind, "_words");
    Add(component, absl::StrCat(root, "bias"), words, needed);
    AddPair(component, absl::StrCat(root, "transform.dense"), width, width, needed);
    AddPair(component, absl::StrCat(root, "transform.LayerNorm"), width, "", needed);
    Add(component, absl::StrCat(root, "decoder.weight"), absl::StrCat(words, " ", width), needed);
    Add(component, absl::StrCat(root, "decoder.bias"), words, false);  // the bias again
  }

  std::vector<Row> rows_;
};

const std::vector<Row>& Rows() {
  static const auto* const table = new Table;
  return table->rows();
}

// "blocks.3.norm1.weight" -> "blocks.#.norm1.weight", and 3; -1 without a number.
std::pair<std::string, int64_t> Pattern(const std::string& name) {
  std::vector<std::string> parts = absl::StrSplit(name, '.');
  int64_t layer = -1;
  for (std::string& part : parts) {
    int64_t number = 0;
    const bool digits = !part.empty() && part.size() <= 4 && std::all_of(part.begin(), part.end(), absl::ascii_isdigit);
    if (layer >= 0 || !digits || !absl::SimpleAtoi(part, &number) || absl::StrCat(number) != part) continue;
    layer = number;
    part.assign(1, '#');
  }
  return {absl::StrJoin(parts, "."), layer};
}

// A size of a shape: "3*width" is {3, "width"}, "2" is {2, ""}.
struct Term {
  int64_t factor = 1;
  std::string size;
};
std::vector<Term> Terms(const std::string& shape) {
  std::vector<Term> terms;
  for (absl::string_view word : absl::StrSplit(shape, ' ')) {
    Term term;
    const size_t star = word.find('*');
    if (absl::SimpleAtoi(word.substr(0, star), &term.factor)) {
      term.size = star == absl::string_view::npos ? "" : std::string(word.substr(star + 1));
    } else {
      term.factor = 1;
      term.size = std::string(word);
    }
    terms.push_back(term);
  }
  return terms;
}

// The shape with `sizes`; those unknown are taken from `found` where it has as many axes. Empty where one stays unknown.
std::vector<int64_t> Resolve(const std::vector<Term>& terms, const std::vector<int64_t>& found,
                             std::map<std::string, int64_t>& sizes) {
  std::vector<int64_t> shape;
  for (size_t axis = 0; axis < terms.size(); ++axis) {
    const Term& term = terms[axis];
    if (!term.size.empty() && sizes.count(term.size) == 0) {
      if (found.size() != terms.size() || found[axis] % term.factor != 0) return {};
      sizes[term.size] = found[axis] / term.factor;
    }
    shape.push_back(term.size.empty() ? term.factor : term.factor * sizes[term.size]);
  }
  return shape;
}

int64_t Elements(const std::vector<int64_t>& shape) {
  int64_t elements = 1;
  for (const int64_t size : shape) elements *= size;
  return elements;
}

// As LoadTensors has it: a matrix for a kernel of the same first axis.
bool SameElements(const std::vector<int64_t>& a, const std::vector<int64_t>& b) {
  return a.size() >= 2 && b.size() >= 2 && (a.size() == 2 || b.size() == 2) && a[0] == b[0] && Elements(a) == Elements(b);
}

}  // namespace

std::string CurrentPublishedName(const std::string& name) {
  return absl::StrReplaceAll(name, {{".context_fusion_layer.", ".fusion_layer."},
                                    {"decoder_mask_pred_layer_", "decoder_injection_pred_layer_"},
                                    {"decoder_mask_pred_norm", "decoder_injection_pred_norm"}});
}

const PublishedState::Component& PublishedState::component(const std::string& name) const {
  const auto found = std::find_if(components.begin(), components.end(), [&](const Component& c) { return c.name == name; });
  if (found == components.end()) abort();  // a programmer's error
  return *found;
}

PublishedState MatchPublishedState(const Shapes& shapes, const std::map<std::string, int64_t>& sizes) {
  std::map<std::string, std::map<int64_t, std::string>> by_pattern;  // pattern -> layer -> name
  std::map<std::string, int64_t> layers;                             // of "blocks.#": one more than the highest number
  for (const auto& [name, shape] : shapes) {
    const auto [pattern, layer] = Pattern(name);
    by_pattern[pattern][layer] = name;
    if (layer >= 0) {
      int64_t& count = layers[pattern.substr(0, pattern.find('#') + 1)];
      count = std::max(count, layer + 1);
    }
  }

  PublishedState state;
  state.sizes = sizes;
  for (const char* name : kComponents) state.components.push_back({.name = name});
  for (const Row& row : Rows()) {
    PublishedState::Component& component =
        *std::find_if(state.components.begin(), state.components.end(), [&](const auto& c) { return c.name == row.component; });
    const auto found = by_pattern.find(row.name);
    const std::vector<Term> terms = Terms(row.shape);
    const size_t hash = row.name.find('#');
    const int64_t count = hash == std::string::npos ? 1 : layers[row.name.substr(0, hash + 1)];
    for (int64_t layer = 0; layer < count; ++layer) {
      const int64_t key = hash == std::string::npos ? -1 : layer;
      if (found == by_pattern.end() || found->second.count(key) == 0) {
        if (row.needed) component.missing.push_back(absl::StrReplaceAll(row.name, {{"#", absl::StrCat(layer)}}));
        continue;
      }
      const std::string& name = found->second.at(key);
      component.found.push_back(name);
      const std::vector<int64_t>& shape = shapes.at(name);
      std::vector<int64_t> right = Resolve(terms, shape, state.sizes);
      if (right.empty()) right = shape;  // nothing says what it should be
      if (shape != right) (SameElements(shape, right) ? state.reshaped : state.wrong_shape)[name] = right;
      state.expected[name] = std::move(right);
    }
    if (found != by_pattern.end()) by_pattern.erase(found);
  }
  for (PublishedState::Component& component : state.components) {
    if (component.found.empty()) component.missing.clear();
  }
  for (const auto& [pattern, names] : by_pattern) {
    for (const auto& [layer, name] : names) state.unexpected.push_back(name);
  }
  const auto depth = layers.find("blocks.#");
  if (depth != layers.end()) state.sizes["depth"] = depth->second;
  return state;
}

}  // namespace asap
