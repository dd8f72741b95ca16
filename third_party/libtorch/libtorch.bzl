"""LibTorch 2.11.0, from the PyPI wheel of torch, or from an installed torch where LIBTORCH_PATH points at one."""

load("//third_party:wheels.bzl", "unpack_wheels")

_WHEELS = [
    struct(
        requirement = "torch==2.11.0",
        file = "torch-2.11.0-cp311-cp311-manylinux_2_28_x86_64.whl",
        sha256 = "7aa2f9bbc6d4595ba72138026b2074be1233186150e9292865e04b7a63b8c67a",
        platform = "manylinux_2_28_x86_64",
    ),
    # libtorch_cpu.so of this wheel needs these two small libraries even where there is no GPU.
    struct(
        requirement = "nvidia-cuda-runtime==13.0.96",
        file = "nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
        sha256 = "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548",
        platform = "manylinux2014_x86_64",
    ),
    struct(
        requirement = "nvidia-cuda-cupti==13.0.85",
        file = "nvidia_cuda_cupti-13.0.85-py3-none-manylinux_2_25_x86_64.whl",
        sha256 = "4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8",
        platform = "manylinux_2_25_x86_64",
    ),
]

def _libtorch_impl(ctx):
    installed = ctx.os.environ.get("LIBTORCH_PATH")
    if installed:
        ctx.symlink(installed + "/include", "include")
        ctx.symlink(installed + "/lib", "lib")
    else:
        unpack_wheels(ctx, _WHEELS, [
            "torch/include/=include/",
            "torch/lib/libtorch_cpu.so=lib/libtorch_cpu.so",
            "torch/lib/libc10.so=lib/libc10.so",
            "torch/lib/libgomp=lib/libgomp",

            "nvidia/cu13/lib/libcudart=lib/libcudart",
            "nvidia/cu13/lib/libcupti=lib/libcupti",
        ])
    ctx.symlink(Label("//third_party/libtorch:libtorch.BUILD"), "BUILD")

libtorch_repository = repository_rule(
    implementation = _libtorch_impl,
    environ = ["LIBTORCH_PATH", "ASAP_CACHE", "XDG_CACHE_HOME"],
)
