"""Holds the structure that docs/explanation/design.md promises, on the source tree itself: what is looked at is derived from the
folders that are there, so a new folder is held to the rules without a line here.

The arrows are read from BUILD files; //tests/structure:arrows_test asks Bazel for those between the layers.
"""

import collections
import pathlib
import re
import sys
import unittest

# The source tree itself: a sandbox holds links to it.
ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = {".h", ".cc", ".bzl", ".js", ".css", ".html"}

# Core's floors, from the ground up: a folder sees floors below its own, and the folders of its own floor that stand before it. A
# folder that is named here alone stands for its subfolders as well.
FLOORS = [
    ["core/base"],
    ["core/bytes"],
    ["core/io", "core/csv", "core/html"],
    ["core/imaging"],
    ["core/metrics"],
    ["core"],  # the plug-in contract
    ["core/text", "core/data", "core/distributed", "core/device"],
    ["core/train", "core/benchmark"],
    ["core/page"],
    ["core/testing"],
]


def folders_with_build(top):
    return sorted(str(path.parent.relative_to(ROOT)) for path in (ROOT / top).rglob("BUILD"))


def rules_of(folder):
    """Texts of the BUILD file's rules, comments left out."""
    text = "\n".join(line for line in (ROOT / folder / "BUILD").read_text().splitlines() if not line.lstrip().startswith("#"))
    return re.split(r"\n(?=[a-z_]+\()", text)


def libraries_of(folder):
    return [rule for rule in rules_of(folder) if not rule.startswith(("cc_test(", "sh_test(", "cc_binary(", "package("))]


def labels_in(rule):
    """Packages that the rule's labels name, less those in visibility lists."""
    rule = re.sub(r"visibility = (\[[^\]]*\]|\w+)", "", rule)
    return {label for label in re.findall(r'"//([a-z0-9_/]+)[":]', rule)}


def floor_of(folder):
    """(floor, place on it) of the longest entry of FLOORS that is the folder or stands above it."""
    best = None
    for level, floor in enumerate(FLOORS):
        for place, entry in enumerate(floor):
            if (folder == entry or folder.startswith(entry + "/")) and (best is None or len(entry) > len(best[2])):
                best = (level, place, entry)
    return best


class Core(unittest.TestCase):
    def test_each_folder_has_a_floor(self):
        for folder in folders_with_build("core"):
            entry = floor_of(folder)[2]
            self.assertTrue(entry != "core" or folder == "core", f"{folder} has no floor in FLOORS")

    def test_no_floor_sees_one_above_it(self):
        for folder in folders_with_build("core"):
            level, place, entry = floor_of(folder)
            for rule in libraries_of(folder):
                for other in labels_in(rule):
                    if not other.startswith("core"):
                        continue
                    other_level, other_place, other_entry = floor_of(other)
                    if entry == other_entry:
                        continue
                    name = re.search(r'name = "([^"]+)"', rule)
                    self.assertLess((other_level, other_place), (level, place),
                                    f"//{folder}:{name and name.group(1)} sees //{other}, which stands above it")

    def test_folders_make_no_circle(self):
        arrows = collections.defaultdict(set)
        for folder in folders_with_build("core"):
            for rule in libraries_of(folder):
                if "testonly" not in rule:
                    arrows[folder] |= {other for other in labels_in(rule) if other.startswith("core") and other != folder}
        left = set(folders_with_build("core"))
        while left:
            free = {folder for folder in left if not arrows[folder] & left}
            self.assertTrue(free, f"folders of core see each other in a circle: {sorted(left)}")
            left -= free

    def test_core_names_no_kind_no_task_and_nothing_of_asap(self):
        kinds = [path.parent.parent.name for path in (ROOT / "tasks").glob("*/*/BUILD")]
        modules = [path.parent.name for path in (ROOT / "modules").glob("*/BUILD")]
        outside = "|".join(["modules", "datasets", "tasks", "tools", "tests"])
        self.assertIn("classification", kinds)
        self.assertIn("selective_alignment", modules)
        forbidden = [rf'"//(?:{outside})[/:]', rf'#include "(?:{outside})/', r"\b(?:" + "|".join(sorted(set(kinds))) + r")/\w",
                     r"\b(?:" + "|".join(module for module in modules if "_" in module) + r")\b",
                     r"\b(?:" + "|".join("".join(part.capitalize() for part in module.split("_")) for module in modules if "_" in module) + r")\b",
                     r"2606\.00602", r"(?i)\b(?:anatomy|knowledge) injection\b", r"(?i)\badaptive fusion\b", r"(?i)\balignment loss\b"]
        for path in sorted((ROOT / "core").rglob("*")):
            if path.suffix not in SOURCES and path.name != "BUILD":
                continue
            if path.name.endswith("_test.cc") or "testdata" in path.parts:
                continue
            text = "\n".join(libraries_of(path.parent)) if path.name == "BUILD" else path.read_text()
            text = re.sub(r"visibility = \[[^\]]*\]", "", text)
            for pattern in forbidden:
                found = re.search(pattern, text)
                self.assertIsNone(found, f"{path.relative_to(ROOT)} says {found and found.group(0)!r}")


class Modules(unittest.TestCase):
    def test_a_component_sees_the_base_alone(self):
        # The base: what components are made of. The assembly, which sees them all, is ASAP; heads are read by tasks.
        base = {"modules/layers", "modules/layers/kernels", "modules/pretraining", "modules/vit3d", "modules/bert"}
        for folder in folders_with_build("modules"):
            if folder == "modules/asap":
                continue
            for rule in libraries_of(folder):
                for other in labels_in(rule):
                    if not other.startswith("modules/") or "testonly" in rule:
                        continue
                    own = other == folder or other.startswith(folder + "/") or folder.startswith(other + "/")
                    self.assertTrue(own or other in base, f"//{folder} sees //{other}")


class Datasets(unittest.TestCase):
    def test_each_is_one_folder(self):
        table = (ROOT / "datasets/datasets.bzl").read_text()
        names = re.findall(r'^    "(\w+)"', table, re.M)
        self.assertGreaterEqual(len(names), 9)
        for name in names:
            folder = ROOT / "datasets" / name
            self.assertTrue((folder / "BUILD").exists() and (folder / "README.md").exists(), name)
        # Elsewhere in datasets/ and core/ no file bears a dataset's name.
        for path in list((ROOT / "datasets").rglob("*")) + list((ROOT / "core").rglob("*")):
            stem = path.stem.removesuffix("_layout").removesuffix("_card").removesuffix("_test")
            if path.is_file() and stem in names and stem not in ("pairs", "phantom"):
                self.assertEqual(path.parent.name, stem, path)


class Tasks(unittest.TestCase):
    def test_each_kind_has_a_template_and_each_task_is_in_the_table(self):
        table = (ROOT / "tasks/tasks.bzl").read_text()
        kinds = set()
        for path in (ROOT / "tasks").glob("*/*/BUILD"):
            kind, name = path.parent.parent.name, path.parent.name
            kinds.add(kind)
            if name != "template":
                self.assertIn(f'"{kind}/{name}": "//tasks/{kind}/{name}"', table)
        for kind in kinds:
            self.assertTrue((ROOT / "tasks" / kind / "template" / "BUILD").exists(), f"tasks/{kind} has no template")


class Tools(unittest.TestCase):
    def test_the_query_of_arrows_asks_for_all_of_them(self):
        asked = set(re.findall(r'"//(tools/\w+)"', (ROOT / "tests/structure/BUILD").read_text()))
        there = {folder for folder in folders_with_build("tools") if f'name = "{pathlib.Path(folder).name}_main_lib"' in
                 (ROOT / folder / "BUILD").read_text()}
        self.assertEqual(asked, there)


class Comments(unittest.TestCase):
    def test_none_in_a_header_begins_without_its_noun(self):
        for top in ("core", "modules", "datasets", "tasks", "tools", "tests"):
            for path in (ROOT / top).rglob("*.h"):
                # A comment's first line: what stands before it is no comment.
                lines = [""] + [line.strip() for line in path.read_text().splitlines()]
                for before, line in zip(lines, lines[1:]):
                    if not before.startswith("//"):
                        self.assertFalse(line.startswith("// Of "), f"{path.relative_to(ROOT)}: {line}")


class Outside(unittest.TestCase):
    def test_no_file_here_knows_the_kind_from_outside(self):
        names = [path.name for path in (ROOT / "tests/outside").glob("*") if path.is_dir()]
        self.assertTrue(names)
        for top in ("core", "modules", "datasets", "tasks", "tools"):
            for path in (ROOT / top).rglob("*"):
                if path.suffix in SOURCES or path.name == "BUILD":
                    text = path.read_text()
                    for name in names:
                        self.assertNotIn(name, text, path.relative_to(ROOT))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
