"""Writes the fixtures of core/io with PyTorch (made with torch 2.11, numpy 1.26): python3 make_fixtures.py, in this folder.

values_P.pkl    one tree of plain values in each pickle protocol P
types*.pth      each dtype, views, shared storages, scalars; zip form, and legacy form without one
reference*.pth  a checkpoint as the published pre-training saves it: {model, optimizer, epoch, scaler, args}, of a tiny model
compressed.pth  the same in a zip that another program made, which is refused
calls_*.pth     files that would run something when loaded by pickle
"""

import argparse
import collections
import os
import pathlib
import pickle
import zipfile

import numpy
import torch


class Settings:  # a class that the reader has never heard of
    def __init__(self):
        self.rate = 0.5
        self.names = ["a", "b"]


class Call:
    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def values():
    shared = [1, 2]
    return {
        "none": None,
        "true": True,
        "integers": [0, -1, 255, 65536, -2147483648, 2**40, -(2**62)],
        "big": 2**80,
        "real": 0.1,
        "text": "ünï\n'\"\\ \U0001f600",
        "bytes": b"\x00\xff",
        "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
        "ordered": collections.OrderedDict([("b", 1), ("a", 2)]),
        "shared": [shared, shared],
        "settings": Settings(),
        7: "seven",
    }


def types():
    base = torch.arange(12, dtype=torch.float32)
    tree = {}
    for name in ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8"]:
        tree[name] = torch.arange(6).reshape(2, 3).to(getattr(torch, name))
    tree["bool"] = torch.tensor([True, False, True])
    tree["transposed"] = base.reshape(3, 4).t()
    tree["offset"] = base[5:9]
    tree["strided"] = base[1::3]
    tree["expanded"] = base[2:3].expand(4, 1)
    tree["tied"] = base
    tree["empty"] = torch.empty(0, 4)
    tree["scalar"] = torch.tensor(2.5)
    tree["parameter"] = torch.nn.Parameter(torch.ones(2))
    tree["nested"] = {"list": [torch.ones(1), {"deep": torch.zeros(1)}], "tuple": (torch.ones(1), 3)}
    tree["numpy"] = numpy.float64(0.25)
    tree["numpy32"] = numpy.float32(0.1)
    tree["numpy_integer"] = numpy.int64(-5)
    tree["path"] = pathlib.PurePosixPath("a/b")
    tree["set"] = {1}
    tree["size"] = torch.Size([1, 2])
    tree["dtype"] = torch.float32
    tree["device"] = torch.device("cpu")
    return tree


def fill(name, shape):
    """Values that a test can compute again: multiples of 1/64 that depend on the name's length and the place."""
    count = int(numpy.prod(shape))
    return (((torch.arange(count) * 7 + len(name) * 13) % 101 - 50).float() / 64).reshape(shape)


def reference_state():
    width, patch, layers = 12, (4, 4, 2), 2
    shapes = {"cls_token": (1, 1, width), "pos_embed": (1, 9, width), "mask_token": (1, 1, width)}
    shapes["patch_embed.proj.weight"] = (width, 1) + patch
    shapes["patch_embed.proj.bias"] = (width,)
    for i in range(layers):
        for name, shape in {
            "norm1.weight": (width,), "norm1.bias": (width,), "attn.qkv.weight": (3 * width, width), "attn.qkv.bias": (3 * width,),
            "attn.proj.weight": (width, width), "attn.proj.bias": (width,), "norm2.weight": (width,), "norm2.bias": (width,),
            "mlp.fc1.weight": (4 * width, width), "mlp.fc1.bias": (4 * width,), "mlp.fc2.weight": (width, 4 * width),
            "mlp.fc2.bias": (width,),
        }.items():
            shapes[f"blocks.{i}.{name}"] = shape
    shapes["norm.weight"] = shapes["norm.bias"] = (width,)
    shapes["bert_decoder.bert.context_fusion_layer.gap_mlp.weight"] = (width, width)  # an older name
    shapes["bert_decoder.bert.context_fusion_layer.gap_mlp.bias"] = (width,)
    return collections.OrderedDict((name, fill(name, shape)) for name, shape in shapes.items())


def reference():
    state = reference_state()
    state._metadata = collections.OrderedDict([("", {"version": 1})])  # as state_dict() attaches it
    weight = torch.nn.Parameter(state["norm.weight"].clone())
    optimizer = torch.optim.AdamW([{"params": [weight], "weight_decay": 0.05}], lr=1.5e-4, betas=(0.9, 0.95))
    weight.sum().backward()
    optimizer.step()
    args = argparse.Namespace(batch_size=14, lr=1.5e-4, norm_pix_loss=True, resume="", a_min=-1000.0, a_max=1000.0,
                              roi_x=8, roi_y=8, roi_z=4, output_dir=pathlib.PosixPath("output"))
    scaler = {"scale": 65536.0, "growth_factor": 2.0, "backoff_factor": 0.5, "growth_interval": 2000, "_growth_tracker": 3}
    return {"model": state, "optimizer": optimizer.state_dict(), "epoch": 199, "scaler": scaler, "args": args}


def main():
    for protocol in range(6):
        with open(f"values_{protocol}.pkl", "wb") as file:
            tree = values()
            if protocol < 2:
                del tree["big"]  # decimal there, which is not read beyond 64 bits
            pickle.dump(tree, file, protocol=protocol)
    for name, tree in {"types": types(), "reference": reference()}.items():
        torch.save(tree, f"{name}.pth")
        torch.save(tree, f"{name}_legacy.pth", _use_new_zipfile_serialization=False)
    for name, call in {"system": Call(os.system, "true"), "eval": Call(eval, "1")}.items():
        torch.save({"model": {"weight": torch.ones(1)}, "args": call}, f"calls_{name}.pth")
        torch.save({"model": {"weight": torch.ones(1)}, "args": call}, f"calls_{name}_legacy.pth",
                   _use_new_zipfile_serialization=False)
    with zipfile.ZipFile("reference.pth") as stored, zipfile.ZipFile("compressed.pth", "w", zipfile.ZIP_DEFLATED) as packed:
        for name in stored.namelist():
            packed.writestr(name, stored.read(name))


if __name__ == "__main__":
    main()
