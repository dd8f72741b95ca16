// Everything that decides what an ASAP model is and computes. Defaults are the published sizes with the behaviour that the paper
// describes; UpstreamCompat() sets what the published code does instead (docs/explanation/upstream.md says where and why they
// part).
//
//   AsapConfig config = AsapConfig::Demo();
//   config.losses = {"image", "report"};
//   ASAP_ASSIGN_OR_RETURN(std::unique_ptr<AsapModel> model, AsapModel::Create(config));
#ifndef ASAP_MODULES_ASAP_CONFIG_H_
#define ASAP_MODULES_ASAP_CONFIG_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace asap {

// The BERT that reads findings and masked reports. Its defaults are BiomedVLP-CXR-BERT's.
struct TextEncoderConfig {
  int64_t vocabulary = 30522;
  int64_t width = 768;  // need not be the image encoder's
  int64_t layers = 12;
  int64_t heads = 12;
  int64_t intermediate = 3072;
  int64_t max_positions = 512;
  double hidden_dropout = 0.25;
  double attention_dropout = 0.1;
  bool trainable = false;
};

// The layers that turn fused tokens into words: the fusion layer and `layers` more of its kind, as wide as the image encoder.
struct ReportDecoderConfig {
  int64_t layers = 6;
  int64_t heads = 6;
  int64_t intermediate = 1536;
  double hidden_dropout = 0.1;
  double attention_dropout = 0.1;
};

struct AsapConfig {
  // Image encoder. The grid, volume / patch, need not be a cube.
  std::array<int64_t, 3> volume = {224, 224, 112};  // voxels, axes Right, Anterior, Superior
  std::array<int64_t, 3> patch = {16, 16, 8};       // voxels
  std::array<double, 3> spacing_mm = {1.5, 1.5, 3.0};
  double hu_min = -1000;  // the window that readers scale to [-1, 1]
  double hu_max = 1000;
  int64_t width = 768;
  int64_t depth = 12;
  int64_t heads = 12;

  // Image decoder.
  int64_t decoder_width = 768;
  int64_t decoder_depth = 4;
  int64_t decoder_heads = 16;
  double mask_ratio = 0.75;  // share of the patches that is hidden

  int64_t anatomy_classes = 9;  // with the background
  int64_t injection_block = 1;  // 0-based decoder block whose output the anatomy head reads

  TextEncoderConfig text;
  ReportDecoderConfig report;
  int64_t text_length = 512;  // tokens to which readers pad or cut

  // Registered names. What none of them reads is not built.
  std::vector<std::string> losses = {"image", "injection", "report", "alignment"};
  std::map<std::string, std::map<std::string, std::string>> loss_parameters;  // of each loss

  uint64_t seed = 0;  // of the starting values

  // Blocks keep their inputs alone and are run again in the backward pass: less memory, a third more time, the same numbers.
  bool checkpoint_blocks = false;

  // Patches that each sentence picks, for a baseline without adaptivity; 0 lets each sentence choose, as ASAP does. What chooses
  // is then not built. At most the visible patches.
  int64_t fixed_k = 0;

  // Where the default and the published code part. One field and one test each.
  bool adaptive_k_gradient = true;  // the number of patches of a sentence learns
  double adaptive_k_softness = 4;   // width of the gate through which it does, in ranks
  bool grounding_bias = true;       // a sentence's similarity to its patches enters the fusion's attention
  double grounding_bias_scale = 1;
  bool exclude_padding_sentences = true;  // empty sentence slots leave contrast and pooling; means are per report
  bool masked_tokens_only = true;         // the language loss reads masked words only; its mean is per report
  bool norm_pix_loss = true;              // each patch's target is normalised
  bool masked_voxels_mean = true;         // the image loss is the mean over hidden voxels, not over all
  bool frozen_text_dropout = false;       // dropout in a text encoder that does not train
  bool trim_padding = true;               // texts are cut to the longest of the batch before they are encoded

  // Sets all of the fields above to what the published code does.
  AsapConfig& UpstreamCompat();
  bool IsUpstreamCompat() const;

  // A small model for tests and benchmarks: 64x64x32 voxels at 5.25x5.25x10.5 mm in 8x8x4 patches. What tools:pretrain runs by
  // default is in tools/configs/demo.flags.
  static AsapConfig Demo();
  // The published model.
  static AsapConfig VitB();

  int64_t patches() const { return (volume[0] / patch[0]) * (volume[1] / patch[1]) * (volume[2] / patch[2]); }
  bool HasLoss(const std::string& name) const;
  // Whether a selected loss reads reports: without one there is no text encoder, and batches need no texts.
  bool ReadsText() const;
  // InvalidArgument, naming the field, the value and what was expected.
  absl::Status Validate() const;
};

}  // namespace asap

#endif  // ASAP_MODULES_ASAP_CONFIG_H_
