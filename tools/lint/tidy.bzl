"""Runs clang-tidy with the checks of //:.clang-tidy over the sources of libraries: `bazel build --config=tidy TARGETS`.

LibTorch's headers take clang-tidy half a minute a file, so what includes them is left out of --config=tidy; --config=tidy_all takes all.
What includes ITK is left out of both: its headers refuse compilers that they were not configured for.
"""

def _sources(ctx):
    if any(["ITK" in flag for flag in ctx.rule.attr.copts]):
        return []
    return [file for file in ctx.rule.files.srcs if file.is_source and file.extension == "cc"]

def _flags(ctx, compilation):
    flags = ["-std=c++20", "-Wno-everything"]
    flags += ["-D" + define for define in compilation.defines.to_list()]
    for option, folders in [("-iquote", compilation.quote_includes), ("-isystem", compilation.system_includes), ("-I", compilation.includes)]:
        for folder in folders.to_list():
            flags += [option, folder]
    return flags + [flag for flag in ctx.rule.attr.copts if flag.startswith(("-I", "-D", "-isystem"))]

def _tidy(target, ctx, with_libtorch):
    stamps = []
    if ctx.rule.kind == "cc_library" and not target.label.workspace_root and not ctx.rule.attr.testonly:
        compilation = target[CcInfo].compilation_context
        includes_libtorch = any([folder.startswith("external/libtorch") for folder in compilation.system_includes.to_list()])
        for source in _sources(ctx) if with_libtorch or not includes_libtorch else []:
            stamp = ctx.actions.declare_file("%s.%s.tidy" % (target.label.name, source.basename))
            ctx.actions.run_shell(
                # What it says goes to the stamp, and to the terminal where a check fails.
                command = 'stamp="$1"; shift; clang-tidy --quiet "$@" >"$stamp" 2>/dev/null || { cat "$stamp" >&2; exit 1; }',
                arguments = [stamp.path, "--config-file=" + ctx.file._config.path, source.path, "--"] + _flags(ctx, compilation),
                inputs = depset([source, ctx.file._config], transitive = [compilation.headers]),
                outputs = [stamp],
                mnemonic = "ClangTidy",
                progress_message = "clang-tidy " + source.short_path,
                use_default_shell_env = True,
            )
            stamps.append(stamp)
    return [OutputGroupInfo(tidy = depset(stamps))]

_CONFIG = {"_config": attr.label(default = Label("//:.clang-tidy"), allow_single_file = True)}

def _tidy_impl(target, ctx):
    return _tidy(target, ctx, with_libtorch = False)

def _tidy_all_impl(target, ctx):
    return _tidy(target, ctx, with_libtorch = True)

tidy = aspect(implementation = _tidy_impl, attrs = _CONFIG)
tidy_all = aspect(implementation = _tidy_all_impl, attrs = _CONFIG)
