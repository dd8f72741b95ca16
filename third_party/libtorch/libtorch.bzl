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

# With ASAP_CUDA=1: what libtorch_cuda.so, which programs load when --device=cuda asks for it, needs of CUDA 13. About 2 GB.
_CUDA_WHEELS = [
    struct(requirement = requirement, file = requirement.replace("-", "_").replace("==", "-") + "-py3-none-" + tags + "_x86_64.whl", sha256 = sha256, platform = tags.split(".")[0].replace("_x86_64", "") + "_x86_64")
    for requirement, tags, sha256 in [
        ("nvidia-cublas==13.1.0.3", "manylinux_2_27", "ee8722c1f0145ab246bccb9e452153b5e0515fd094c3678df50b2a0888b8b171"),
        ("nvidia-cuda-nvrtc==13.0.88", "manylinux2010_x86_64.manylinux_2_12", "ad9b6d2ead2435f11cbb6868809d2adeeee302e9bb94bcf0539c7a40d80e8575"),
        ("nvidia-cudnn-cu13==9.19.0.56", "manylinux_2_27", "d20e1734305e9d68889a96e3f35094d733ff1f83932ebe462753973e53a572bf"),
        ("nvidia-cufft==12.0.0.61", "manylinux2014_x86_64.manylinux_2_17", "6c44f692dce8fd5ffd3e3df134b6cdb9c2f72d99cf40b62c32dde45eea9ddad3"),
        ("nvidia-cufile==1.15.1.6", "manylinux2014_x86_64.manylinux_2_17", "08a3ecefae5a01c7f5117351c64f17c7c62efa5fffdbe24fc7d298da19cd0b44"),
        ("nvidia-curand==10.4.0.35", "manylinux_2_27", "1aee33a5da6e1db083fe2b90082def8915f30f3248d5896bcec36a579d941bfc"),
        ("nvidia-cusolver==12.0.4.66", "manylinux_2_27", "0a759da5dea5c0ea10fd307de75cdeb59e7ea4fcb8add0924859b944babf1112"),
        ("nvidia-cusparse==12.6.3.3", "manylinux2014_x86_64.manylinux_2_17", "2b3c89c88d01ee0e477cb7f82ef60a11a4bcd57b6b87c33f789350b59759360b"),
        ("nvidia-cusparselt-cu13==0.8.0", "manylinux2014", "25e30a8a7323935d4ad0340b95a0b69926eee755767e8e0b1cf8dd85b197d3fd"),
        ("nvidia-nccl-cu13==2.28.9", "manylinux_2_18", "e4553a30f34195f3fa1da02a6da3d6337d28f2003943aa0a3d247bbc25fefc42"),
        ("nvidia-nvjitlink==13.0.88", "manylinux2010_x86_64.manylinux_2_12", "13a74f429e23b921c1109976abefacc69835f2f433ebd323d3946e11d804e47b"),
        ("nvidia-nvshmem-cu13==3.4.5", "manylinux2014_x86_64.manylinux_2_17", "290f0a2ee94c9f3687a02502f3b9299a9f9fe826e6d0287ee18482e78d495b80"),
    ]
]

def _libtorch_impl(ctx):
    installed = ctx.os.environ.get("LIBTORCH_PATH")
    cuda = ctx.os.environ.get("ASAP_CUDA", "0") != "0"
    if installed:
        ctx.symlink(installed + "/include", "include")
        ctx.symlink(installed + "/lib", "lib")
    elif cuda:
        # In one folder: libtorch_cuda.so looks there last.
        unpack_wheels(ctx, _WHEELS + _CUDA_WHEELS, [
            "torch/include/=include/",
            "torch/lib/lib=lib/lib",
        ] + ["nvidia/%s/lib/lib=lib/lib" % part for part in ["cu13", "cudnn", "cusparselt", "nccl", "nvshmem"]])
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
    environ = ["LIBTORCH_PATH", "ASAP_CUDA", "ASAP_CACHE", "XDG_CACHE_HOME"],
)
