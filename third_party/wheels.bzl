"""Fetches hash-pinned wheels by package name with pip into a user cache, and unpacks the parts that are asked for.

The cache ($ASAP_CACHE, else $XDG_CACHE_HOME/asap, else ~/.cache/asap) lies outside Bazel's output base, so that a new clone
does not download anything again.
"""

def cache_folder(ctx):
    env = ctx.os.environ
    if env.get("ASAP_CACHE"):
        return env["ASAP_CACHE"]
    return env.get("XDG_CACHE_HOME", env.get("HOME", "/root") + "/.cache") + "/asap"

def unpack_wheels(ctx, wheels, keep):
    """Unpacks wheels into the repository.

    Args:
      ctx: the repository context.
      wheels: a list of structs (requirement, file, sha256, platform).
      keep: path prefixes inside the wheels to unpack, each "prefix" or "prefix=destination".
    """
    script = ctx.path(Label("//third_party:fetch_wheels.py"))
    arguments = ["python3", str(script), cache_folder(ctx) + "/wheels", str(ctx.path("."))]
    for wheel in wheels:
        arguments += ["--wheel", "|".join([wheel.requirement, wheel.file, wheel.sha256, wheel.platform])]
    for prefix in keep:
        arguments += ["--keep", prefix]
    ctx.report_progress("fetching and unpacking " + ", ".join([w.requirement for w in wheels]))
    result = ctx.execute(arguments, timeout = 3600, quiet = False)
    if result.return_code != 0:
        fail("could not fetch %s:\n%s%s" % (ctx.name, result.stdout, result.stderr))
