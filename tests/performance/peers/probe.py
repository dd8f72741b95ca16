"""Seconds of a linear-probe protocol of the published implementation: every epoch encodes the training cases anew, in train mode, and the
validation cases in evaluation mode. Measured on a few volumes of the published size, and multiplied by epochs and cases."""
import argparse
import json
import statistics
import sys
import time
from functools import partial

import published

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--reference", required=True, help="checkout of ToniChopp/ASAP")
parser.add_argument("--train", type=int, default=160)
parser.add_argument("--valid", type=int, default=400)
parser.add_argument("--epochs", type=int, default=100)
parser.add_argument("--volumes", type=int, default=3, help="timed of each kind, after one that warms up")
parser.add_argument("--threads", type=int, default=2)
options = parser.parse_args()

published.use(options.reference, "Benchmark/Classification")
import timm.layers.helpers  # noqa: E402
import torch  # noqa: E402

# It looks for this module at a place that depends on torch's version, where the timm that it asks for has none.
sys.modules["timm.models.layers.helpers"] = timm.layers.helpers
from models_vit import VisionTransformer  # noqa: E402

torch.set_num_threads(options.threads)
torch.manual_seed(0)
model = VisionTransformer(embed_dim=768, depth=12, num_heads=12, mlp_ratio=4, qkv_bias=True, num_classes=1, drop_path_rate=0.1,
                          global_pool=True, norm_layer=partial(torch.nn.LayerNorm, eps=1e-6))
for name, parameter in model.named_parameters():
    parameter.requires_grad = name.startswith("head")
optimizer = torch.optim.AdamW(model.head.parameters(), lr=3e-3, weight_decay=1e-2)


def timed(work):
    seconds = []
    for _ in range(options.volumes + 1):
        volume = torch.rand(1, 1, 224, 224, 112) * 2 - 1
        begin = time.perf_counter()
        work(volume)
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds[1:])


def train(volume):
    loss = torch.nn.functional.binary_cross_entropy_with_logits(model.train()(volume), torch.ones(1, 1))
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()


@torch.no_grad()
def evaluate(volume):
    model.eval()(volume)


train_s, valid_s = timed(train), timed(evaluate)
print(json.dumps({"protocol_s": options.epochs * (options.train * train_s + options.valid * valid_s), "train_volume_s": train_s,
                  "valid_volume_s": valid_s, "epochs": options.epochs}))
