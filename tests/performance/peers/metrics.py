"""Seconds of scikit-learn's AUROC, MONAI's and medpy's HD95, and lifelines' C-index, on the inputs of metrics_ours.cc."""
import argparse
import json
import time
import warnings

import numpy as np
import torch
from lifelines.utils import concordance_index
from medpy.metric.binary import hd95
from monai.metrics import compute_hausdorff_distance
from sklearn.metrics import roc_auc_score

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--side", type=int, default=200, help="voxels along each axis of the masks")
parser.add_argument("--scores", type=int, default=1000000)
parser.add_argument("--survival", type=int, default=50000)
parser.add_argument("--repeats", type=int, default=3, help="the fastest of these counts")
options = parser.parse_args()
warnings.filterwarnings("ignore")
torch.set_num_threads(2)


def number(stream, count):
    with np.errstate(over="ignore"):
        z = np.uint64(stream * 0x100000001B3) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(11)).astype(np.float64) * 2.0**-53


def bell(stream, count):
    a, b, c, d = (number(stream + i, count) for i in range(4))
    return ((a + b) + (c + d) - 2) * 1.7320508075688772


out = {}


def best(name, work):
    seconds = []
    for _ in range(options.repeats):
        begin = time.perf_counter()
        value = work()
        seconds.append(time.perf_counter() - begin)
    out[name + "_s"] = min(seconds)
    out[name + "_value"] = float(value)


side = options.side
axis = 2.0 * np.arange(side) / (side - 1) - 1
x, y, z = axis[:, None, None], axis[None, :, None], axis[None, None, :]
noise = [0.05 * bell(stream, side**3).reshape(side, side, side) for stream in (10, 20)]
truth = x * x + 1.3 * (y * y) + z * z + noise[0] < 0.45
shifted = x - 0.04
prediction = shifted * shifted + 1.3 * (y * y) + 0.9 * (z * z) + noise[1] < 0.45
tensors = [torch.from_numpy(mask.astype(np.float32))[None, None] for mask in (prediction, truth)]
best("hd95", lambda: compute_hausdorff_distance(*tensors, include_background=True, percentile=95)[0, 0])
best("hd95_mm", lambda: hd95(prediction, truth, voxelspacing=(1.5, 1.5, 3.0)))

labels = (number(30, options.scores) < 0.1).astype(np.int64)
scores = (bell(31, options.scores) + labels).astype(np.float32)
best("auroc", lambda: roc_auc_score(labels, scores))

event = (number(40, options.survival) < 0.3).astype(np.int64)
bins = np.where(event == 1, np.floor(3 * number(41, options.survival)), 2)
u = number(42, options.survival)
times = 10 * u / (1 - u)
risks = bell(50, options.survival) - 0.3 * event
best("cindex", lambda: concordance_index(bins, -risks, event))
best("cindex_continuous", lambda: concordance_index(times, -risks, event))
print(json.dumps(out))
