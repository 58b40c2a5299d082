"""Includes run downwards only: the tables in ARCHITECTURE.md are the law."""

import pathlib
import re

import project

ARCHITECTURE = pathlib.Path("ARCHITECTURE.md")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
GENERATED = "generated/"  # written by the build below its own generated/ folder, which is on the include path


def includes():
    """(file, bracket, included) of every include line under src/."""
    for path in project.files_under("src", ".cc", ".h"):
        for bracket, included in INCLUDE.findall(project.text(path)):
            yield path, bracket, included


def test_every_folder_is_a_layer():
    layers = project.table(ARCHITECTURE, "layers")
    folders = {path.parts[1] for path in project.files_under("src") if len(path.parts) > 2}
    project.report([f"src/{folder}" for folder in folders - set(layers)],
                   "Give the folder a line in the layers block of ARCHITECTURE.md.")
    allowed = {name for names in layers.values() for name in names}
    project.report(allowed - set(layers), "The layers block of ARCHITECTURE.md allows a folder that has no line of its own.")


def test_layers_have_no_cycles():
    layers = project.table(ARCHITECTURE, "layers")
    placed = set()
    for name, below in layers.items():
        project.report([f"{name}: {other}" for other in below if other not in placed],
                       "A layer stands below the ones it includes. Order the block from the ground up; break the cycle.")
        placed.add(name)


def test_includes_follow_the_layers():
    layers = project.table(ARCHITECTURE, "layers")
    problems = []
    for path, bracket, included in includes():
        if bracket != '"':
            continue
        layer = path.parts[1]
        folder = included.split("/")[0]
        if "/" not in included or folder == "..":
            problems.append(f'{path}: "{included}" is not written as "layer/file.h"')
        elif folder not in layers:
            # Headers that the build writes live outside src/ under the name of their layer.
            problems.append(f'{path}: "{included}" is in no layer')
        elif folder != layer and folder not in layers.get(layer, []):
            problems.append(f'{path}: "{included}": {layer} may not include {folder}')
    project.report(problems, "Move the code to the layer it belongs to, or pass what is needed through a constructor. "
                             "The table is in ARCHITECTURE.md; changing it is a decision.")


def test_foreign_worlds_stay_confined():
    confined = project.table(ARCHITECTURE, "confined")
    problems = []
    for path, _, included in includes():
        for prefix, places in confined.items():
            inside = included == prefix or included.startswith((prefix + "/", prefix + ".hpp", prefix + ".h"))
            if inside and not any(path.is_relative_to(place) for place in places):
                problems.append(f"{path}: <{included}> may be included under {', '.join(places)} only")
    project.report(problems, "Use the neighbour that wraps it; the table is in ARCHITECTURE.md.")


def test_a_test_includes_its_header_first():
    problems = []
    for path in project.files_under("src", ".cc"):
        header = path.with_name(path.name.removesuffix("_test.cc").removesuffix(".cc") + ".h")
        if not (project.ROOT / header).exists():
            continue
        found = INCLUDE.search(project.text(path))
        if found is None or found.group(2) != str(header.relative_to("src")):
            problems.append(f"{path}: the first include is not {header.relative_to('src')}")
    project.report(problems, "Include the file's own header first: that proves the header needs nothing before it.")
