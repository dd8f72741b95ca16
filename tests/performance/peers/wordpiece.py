"""Reports a second of Hugging Face's tokenizers on one thread."""
import argparse
import json
import statistics
import time

from tokenizers import Tokenizer

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--tokenizer", required=True, help="tokenizer.json")
parser.add_argument("--texts", required=True, help="one report a line")
parser.add_argument("--repeats", type=int, default=5)
options = parser.parse_args()

tokenizer = Tokenizer.from_file(options.tokenizer)
with open(options.texts, encoding="utf-8") as file:
    texts = file.read().splitlines()
rates = []
for _ in range(options.repeats):
    begin = time.perf_counter()
    tokens = sum(len(tokenizer.encode(text, add_special_tokens=False).ids) for text in texts)
    rates.append(len(texts) / (time.perf_counter() - begin))
print(json.dumps({"texts_per_s": statistics.median(rates), "tokens": tokens}))
