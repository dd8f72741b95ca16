"""Seconds a sample of the published training transforms on one stored volume and its mask, in one process."""
import argparse
import json
import statistics
import time
import types

import published

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--reference", required=True, help="checkout of ToniChopp/ASAP")
parser.add_argument("--volume", required=True, help="preprocessed int16 .nii.gz")
parser.add_argument("--mask", required=True, help="its mask, .nii.gz")
parser.add_argument("--samples", type=int, default=15, help="timed, after one that warms up")
options = parser.parse_args()

published.use(options.reference, "Pre-training-ASAP")
import nibabel  # noqa: E402
import numpy  # noqa: E402
import torch  # noqa: E402
from module import pretrain_datasets  # noqa: E402

torch.set_num_threads(1)


class VolumesOnly(pretrain_datasets.ASAPDataset):
    """Without the table of reports: only the path of volumes is timed."""

    def _read_csv(self):
        return [], [], []


class AnyTokenizer:
    get_vocab = staticmethod(dict)
    enable_truncation = enable_padding = staticmethod(lambda **_: None)
    from_file = classmethod(lambda cls, _: cls())


pretrain_datasets.tokenizers.Tokenizer = AnyTokenizer
transform = VolumesOnly(types.SimpleNamespace(
    data_path="", dataset_path="", max_caption_length=512, spacing_x=1.0, spacing_y=1.0, spacing_z=1.0,
    a_min=-1000.0, a_max=1000.0, b_min=-1.0, b_max=1.0, roi_x=224, roi_y=224, roi_z=112, roi_scale=0.8,
    RandFlip_prob=0.2, RandShiftIntensity_prob=0.1)).transform
seconds = []
for _ in range(options.samples + 1):
    begin = time.perf_counter()
    transform({"image": numpy.asanyarray(nibabel.load(options.volume).dataobj),
               "label": numpy.asanyarray(nibabel.load(options.mask).dataobj)})
    seconds.append(time.perf_counter() - begin)
print(json.dumps({"median_s": statistics.median(seconds[1:])}))
