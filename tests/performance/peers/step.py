"""Seconds and peak memory of a training step of the published implementation: forward, backward, AdamW, published size."""
import argparse
import json
import resource
import statistics
import time

import published

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--reference", required=True, help="checkout of ToniChopp/ASAP")
parser.add_argument("--bf16", action="store_true", help="under bfloat16 autocast")
parser.add_argument("--steps", type=int, default=3, help="timed, after one that warms up")
parser.add_argument("--threads", type=int, default=2)
options = parser.parse_args()

published.use(options.reference, "Pre-training-ASAP")
published.on_cpu()
import torch  # noqa: E402
from module.model_asap import asap  # noqa: E402
from timm.optim import optim_factory  # noqa: E402

torch.set_num_threads(options.threads)
torch.manual_seed(0)
model = asap(norm_pix_loss=True, mask_ratio=0.75).train()
optimizer = torch.optim.AdamW(optim_factory.param_groups_weight_decay(model, 0.05), lr=1e-4, betas=(0.9, 0.95))

# One case: 300 words in 10 sentences of a report of 512 places.
LENGTH, WORDS, SENTENCE = 512, 300, 30
place = torch.arange(LENGTH).unsqueeze(0)
words = torch.randint(30, 30000, (1, LENGTH))
attention = (place < WORDS).long()
kinds = torch.zeros_like(words)
batch = {
    "image": torch.rand(1, 1, 224, 224, 112) * 2 - 1,
    "mask": torch.randint(0, 9, (1, 1, 224, 224, 112), dtype=torch.uint8),
    "ids": words, "ids_f": words,
    "attention_mask": attention, "attention_mask_f": attention,
    "type_ids": kinds, "type_ids_f": kinds,
    "sentence_mask_f": (place // SENTENCE + 1) * attention,
    "masked_ids": torch.where(torch.rand(1, LENGTH) < 0.75, 4, words),
}

seconds = []
for _ in range(options.steps + 1):
    begin = time.perf_counter()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.bf16):
        loss = sum(model(batch))
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    seconds.append(time.perf_counter() - begin)
print(json.dumps({"step_s": statistics.median(seconds[1:]), "all_step_s": seconds[1:],
                  "peak_rss_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6}))
