#include "tools/export/model_card.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace asap {
namespace {

// The encoder in a few lines of PyTorch.
constexpr char kSafetensorsPython[] = R"(import torch
import torch.nn.functional as F
from safetensors.torch import load_file

w = load_file("encoder.safetensors")
heads, patch = {heads}, ({patch})

def norm(x, name):
    return F.layer_norm(x, ({width},), w[name + ".weight"], w[name + ".bias"], 1e-6)

def linear(x, name):
    return F.linear(x, w[name + ".weight"], w[name + ".bias"])

def encode(volumes):  # [B, 1, {volume}], HU scaled to [-1, 1] -> [B, 1 + {patches}, {width}], class token first
    x = F.conv3d(volumes, w["patch_embed.proj.weight"], w["patch_embed.proj.bias"], stride=patch).flatten(2).transpose(1, 2)
    x = torch.cat([w["cls_token"].expand(x.shape[0], -1, -1), x + w["pos_embed"][:, 1:]], 1)
    for i in range({depth}):
        q, k, v = linear(norm(x, f"blocks.{i}.norm1"), f"blocks.{i}.attn.qkv").unflatten(-1, (3, heads, -1)).permute(2, 0, 3, 1, 4)
        x = x + linear(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2), f"blocks.{i}.attn.proj")
        x = x + linear(F.gelu(linear(norm(x, f"blocks.{i}.norm2"), f"blocks.{i}.mlp.fc1")), f"blocks.{i}.mlp.fc2")
    return norm(x, "norm")

tokens = encode(torch.zeros(1, 1, {volume}))
)";

constexpr char kScriptPython[] = R"(import torch

encoder = torch.jit.load("encoder_torchscript.pt")
tokens = encoder(torch.zeros(1, 1, {volume}))  # [B, 1 + {patches}, {width}], class token first
print(encoder.metadata)
)";

constexpr char kPthPython[] = R"(import torch

checkpoint = torch.load("encoder.pth", weights_only=True)
state, spec = checkpoint["model"], checkpoint["metadata"]
)";

std::string Python(absl::string_view code) { return absl::StrCat("```python\n", code, "```\n"); }

}  // namespace

std::string ModelCardText(const ModelCard& card) {
  const EncoderSpec& spec = card.spec;
  const auto fill = [&](absl::string_view text) {
    return absl::StrReplaceAll(text, {{"{heads}", absl::StrCat(card.heads)},
                                      {"{patch}", absl::StrJoin(spec.patch, ", ")},
                                      {"{volume}", absl::StrJoin(spec.volume, ", ")},
                                      {"{patches}", absl::StrCat(spec.patches())},
                                      {"{width}", absl::StrCat(spec.width)},
                                      {"{depth}", absl::StrCat(spec.depth)}});
  };
  const auto has = [&](const char* file) { return std::count(card.files.begin(), card.files.end(), file) > 0; };
  std::string text = absl::StrCat(
      "# ASAP chest-CT encoder\nA vision transformer over volumes of chest CT, pre-trained with ASAP "
      "(arXiv 2606.00602).\n\n| | |\n|---|---|\n| volume | ",
      absl::StrJoin(spec.volume, "x"), " voxels, axes Right, Anterior, Superior |\n| spacing | ",
      absl::StrJoin(spec.spacing_mm, "x"), " mm |\n| intensity | clipped to [", spec.hu_min, ", ", spec.hu_max,
      "] HU, scaled to [-1, 1] |\n| patch | ", absl::StrJoin(spec.patch, "x"), " voxels; ", spec.patches(),
      " patches, index (h * ", spec.grid()[1], " + w) * ", spec.grid()[2], " + d |\n| width, depth, heads | ", spec.width, ", ",
      spec.depth, ", ", card.heads, " |\n| parameters | ", card.parameters, " |\n| made from | ", card.weights, " |\n");
  const auto training = [&](const char* flag) {
    const auto found = card.training.find(flag);
    return found == card.training.end() || found->second.empty() ? std::string() : found->second;
  };
  absl::StrAppend(&text, "| training data | ",
                  training("--data").empty() ? std::string("(fill in)")
                  : training("--data") == "phantom"
                      ? std::string("the synthetic phantom: it teaches nothing about patients")
                      : absl::StrCat("--data=", training("--data"), " (fill in: name, version, cases)"),
                  " |\n");
  if (!card.training.empty()) {
    absl::StrAppend(&text, "| training | losses ", training("--losses"), "; seed ", training("--seed"), " |\n");
  }
  absl::StrAppend(&text, "| licence | (fill in) |\n\nNot a medical device.\n\n");
  if (has("encoder.safetensors")) absl::StrAppend(&text, "## encoder.safetensors\n", Python(fill(kSafetensorsPython)), "\n");
  if (has("encoder_torchscript.pt")) absl::StrAppend(&text, "## encoder_torchscript.pt\n", Python(fill(kScriptPython)), "\n");
  if (has("encoder.pth")) {
    absl::StrAppend(&text,
                    "## encoder.pth\nThe same weights in the form of the published checkpoints: `model.load_state_dict("
                    "checkpoint[\"model\"], strict=False)`.\n",
                    Python(kPthPython));
  }
  return text;
}

}  // namespace asap
