"""Seconds of the published offline preprocessing of one raw volume."""
import argparse
import json
import os
import statistics
import tempfile
import time

import published

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--reference", required=True, help="checkout of ToniChopp/ASAP")
parser.add_argument("--volume", required=True, help="raw .nii.gz")
parser.add_argument("--samples", type=int, default=5, help="timed, after one that warms up")
options = parser.parse_args()

published.use(options.reference, "preprocess")
import preprocess  # noqa: E402

volume = os.path.abspath(options.volume)
seconds = []
with tempfile.TemporaryDirectory() as folder:
    preprocess.img_root = os.path.dirname(volume) + "/"
    preprocess.save_folder = folder
    for _ in range(options.samples + 1):
        begin = time.perf_counter()
        preprocess.process_file(volume)
        seconds.append(time.perf_counter() - begin)
print(json.dumps({"median_s": statistics.median(seconds[1:])}))
