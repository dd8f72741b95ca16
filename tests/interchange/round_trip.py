"""Round trip of an encoder through PyTorch: tools:export -> Python loads, runs and saves it -> tools:import, equal to the bit.

Not part of `bazel test`, whose sandbox has no Python torch. By hand, after
  ./tools/bazel build //tools:import //tools:export //tools:pretrain
  python3 tests/interchange/round_trip.py --bin=bazel-bin [--encoder=asap_runs/demo/encoder.safetensors]
with a python3 that has torch, numpy and safetensors (tried with torch 2.11). Without --encoder, an encoder with random weights of a
small size is made. Prints a line a check; exit status 1 if one failed.
"""

import argparse
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

import safetensors
import safetensors.torch
import torch

failures = 0


def check(name, passed, detail=""):
    global failures
    failures += not passed
    print(f"{'ok  ' if passed else 'FAIL'} {name}{': ' + detail if detail else ''}", flush=True)


def read_safetensors(path):
    with safetensors.safe_open(path, "pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata()


def equal(first, second):
    return first.keys() == second.keys() and all(
        first[name].dtype == second[name].dtype and torch.equal(first[name], second[name]) for name in first)


class Tools:
    def __init__(self, folder):
        self.folder = folder

    def run(self, tool, *arguments):
        command = [os.path.join(self.folder, "tools", tool, tool), *arguments]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        return result.returncode, result.stdout + result.stderr

    def must(self, tool, *arguments):
        status, output = self.run(tool, *arguments)
        if status != 0:
            sys.exit(f"{tool} {' '.join(arguments)}: exit status {status}\n{output}")
        return output


def random_encoder(path):
    """An encoder.safetensors as tools:pretrain writes it, with random weights."""
    torch.manual_seed(1)
    volume, patch, width, depth = (32, 32, 16), (8, 8, 4), 48, 2
    tokens = 1 + 4 * 4 * 4
    shapes = {"cls_token": (1, 1, width), "pos_embed": (1, tokens, width), "norm.weight": (width,), "norm.bias": (width,),
              "patch_embed.proj.weight": (width, 1) + patch, "patch_embed.proj.bias": (width,)}
    for i in range(depth):
        for name, shape in {"norm1.weight": (width,), "norm1.bias": (width,), "attn.qkv.weight": (3 * width, width),
                            "attn.qkv.bias": (3 * width,), "attn.proj.weight": (width, width), "attn.proj.bias": (width,),
                            "norm2.weight": (width,), "norm2.bias": (width,), "mlp.fc1.weight": (4 * width, width),
                            "mlp.fc1.bias": (4 * width,), "mlp.fc2.weight": (width, 4 * width), "mlp.fc2.bias": (width,)}.items():
            shapes[f"blocks.{i}.{name}"] = shape
    text = lambda numbers: "x".join(str(number) for number in numbers)
    safetensors.torch.save_file(
        {name: 0.2 * torch.randn(shape) for name, shape in shapes.items()}, path,
        {"format": "asap-encoder-1", "volume": text(volume), "patch": text(patch), "width": str(width), "depth": str(depth),
         "heads": "4", "spacing_mm": "1.5x1.5x3", "hu_min": "-1000", "hu_max": "1000"})


def check_formats(tools, encoder, folder):
    out = os.path.join(folder, "out")
    tools.must("export", f"--input={encoder}", f"--output={out}", "--format=safetensors,torchscript,pth")
    original, metadata = read_safetensors(encoder)

    exported, exported_metadata = read_safetensors(os.path.join(out, "encoder.safetensors"))
    check("safetensors keeps every bit", equal(original, exported) and metadata == exported_metadata)

    loaded = torch.load(os.path.join(out, "encoder.pth"), weights_only=True)
    check("torch.load(weights_only=True) reads the .pth", equal(original, dict(loaded["model"])) and loaded["metadata"] == metadata)
    check("its model is an OrderedDict", isinstance(loaded["model"], collections.OrderedDict))

    # The Python of the model card, as it stands.
    with open(os.path.join(out, "README.md"), encoding="utf-8") as file:
        snippets = re.findall(r"```python\n(.*?)```", file.read(), re.S)
    before = os.getcwd()
    os.chdir(out)
    scopes = []
    for snippet in snippets:
        scope = {}
        exec(compile(snippet, "README.md", "exec"), scope)  # our own text
        scopes.append(scope)
    os.chdir(before)
    check("the model card's Python runs", len(scopes) == 3)

    script = torch.jit.load(os.path.join(out, "encoder_torchscript.pt")).eval()
    volume = [int(size) for size in metadata["volume"].split("x")]
    for batch in (1, 3):
        volumes = torch.randn(batch, 1, *volume).clamp(-1, 1)
        with torch.no_grad():
            found, expected = script(volumes), scopes[0]["encode"](volumes)
        worst = (found - expected).abs().max().item()
        check(f"TorchScript equals the model card's encoder, batch {batch}", worst < 1e-4 * expected.abs().max().item(),
              f"largest difference {worst:.2g} of {expected.abs().max().item():.2g}")
    check("TorchScript keeps the names", set(script.state_dict()) == set(original))
    check_onnx(scopes[0]["encode"], volume, folder)
    return original, metadata, out


def check_onnx(encode, volume, folder):
    """The lines of docs/how-to/interchange.md, where onnx and onnxruntime are installed."""
    try:
        import onnx  # noqa: F401, torch.onnx needs it
        import onnxruntime
    except ImportError:
        print("skip ONNX: the packages onnx and onnxruntime are not installed")
        return

    class Encoder(torch.nn.Module):
        def forward(self, volumes):
            return encode(volumes)

    path = os.path.join(folder, "encoder.onnx")
    torch.onnx.export(Encoder(), (torch.zeros(1, 1, *volume),), path, dynamo=False, opset_version=17, input_names=["volumes"],
                      output_names=["tokens"], dynamic_axes={"volumes": {0: "batch"}, "tokens": {0: "batch"}})
    volumes = torch.randn(2, 1, *volume).clamp(-1, 1)
    found = torch.from_numpy(onnxruntime.InferenceSession(path).run(None, {"volumes": volumes.numpy()})[0])
    worst = (found - encode(volumes)).abs().max().item()
    check("ONNX by way of the model card's Python", worst < 1e-3, f"largest difference {worst:.2g}")


def check_round_trip(tools, original, metadata, out, folder):
    """What Python saved again, in each form that it has, comes back to the bit."""
    loaded = torch.load(os.path.join(out, "encoder.pth"), weights_only=True)
    settings = argparse.Namespace(lr=1.5e-4, norm_pix_loss=True, resume="")
    checkpoint = {"model": loaded["model"], "metadata": loaded["metadata"], "epoch": 3, "args": settings,
                  "optimizer": {"state": {0: {"exp_avg": torch.ones(3)}}, "param_groups": [{"lr": 0.1, "params": [0]}]},
                  "scaler": {"scale": 65536.0}}
    saved = {}
    for name, arguments in {"zip": {}, "legacy": {"_use_new_zipfile_serialization": False}}.items():
        saved[name] = os.path.join(folder, f"{name}.pth")
        torch.save(checkpoint, saved[name], **arguments)
    saved["safetensors"] = os.path.join(folder, "python.safetensors")
    safetensors.torch.save_file(dict(loaded["model"]), saved["safetensors"], metadata)
    saved["TorchScript"] = os.path.join(folder, "python.pt")
    torch.jit.save(torch.jit.load(os.path.join(out, "encoder_torchscript.pt")), saved["TorchScript"])
    saved["sharded safetensors"] = os.path.join(folder, "sharded")
    os.makedirs(saved["sharded safetensors"], exist_ok=True)
    weight_map = {}
    for shard in (0, 1):
        part = {key: value for i, (key, value) in enumerate(loaded["model"].items()) if i % 2 == shard}
        safetensors.torch.save_file(part, os.path.join(saved["sharded safetensors"], f"{shard}.safetensors"), metadata)
        weight_map.update({key: f"{shard}.safetensors" for key in part})
    with open(os.path.join(saved["sharded safetensors"], "model.safetensors.index.json"), "w", encoding="utf-8") as file:
        json.dump({"metadata": {}, "weight_map": weight_map}, file)
    for name, path in saved.items():
        back = os.path.join(folder, "back.safetensors")
        tools.must("import", f"--input={path}", f"--output={back}")
        tensors, told = read_safetensors(back)
        check(f"import of Python's {name} is bit-equal", equal(original, tensors) and told == metadata)
        os.remove(back)


class Call:
    def __reduce__(self):
        return (os.system, ("touch " + Call.mark,))


def check_refusal(tools, folder):
    Call.mark = os.path.join(folder, "executed")
    for name, arguments in {"zip": {}, "legacy": {"_use_new_zipfile_serialization": False}}.items():
        path = os.path.join(folder, f"call_{name}.pth")
        torch.save({"model": {"w": torch.ones(1)}, "args": Call()}, path, **arguments)
        status, output = tools.run("import", f"--input={path}", f"--output={folder}/no.safetensors")
        check(f"a {name} file that calls os.system is refused by name", status == 1 and "os.system" in output)
    check("and nothing was run or written", not os.path.exists(Call.mark) and not os.path.exists(f"{folder}/no.safetensors"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, help="bazel-bin of a build with the tools")
    parser.add_argument("--encoder", help="encoder.safetensors to use in place of random weights")
    arguments = parser.parse_args()
    tools = Tools(os.path.abspath(arguments.bin))
    with tempfile.TemporaryDirectory() as folder:
        encoder = arguments.encoder and os.path.abspath(arguments.encoder)
        if not encoder:
            random_encoder(os.path.join(folder, "random.safetensors"))
            # Once through the export, which replaces the random position table by the one that encoders have.
            tools.must("export", f"--input={folder}/random.safetensors", f"--output={folder}/encoder")
            encoder = os.path.join(folder, "encoder", "encoder.safetensors")
        original, metadata, out = check_formats(tools, encoder, folder)
        check_round_trip(tools, original, metadata, out, folder)
        check_refusal(tools, folder)
    print("all passed" if failures == 0 else f"{failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
