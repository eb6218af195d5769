"""Draw docs/architecture.svg: the rooms of the package and the imports between them, from the real graph.

``python tools/architecture.py`` writes it; ``--check`` fails where the picture is old, an arrow points up
or a module has no room. Arrows that follow from others are left out.
"""

from __future__ import annotations

import argparse
import sys
from fnmatch import fnmatch
from pathlib import Path

import grimp

TARGET = Path(__file__).parents[1] / "docs" / "architecture.svg"
PACKAGE = "infodiff_widgets"

# Room: row, column, what it is for, and its modules, the first match counts.
ROOMS: dict[str, tuple[int, float, str, tuple[str, ...]]] = {
    "commands": (
        0,
        0,
        "infodiff NAME",
        ("results", "cli", "commands", "commands.*"),
    ),
    "widget": (
        0,
        2,
        "explore, Explorer, %infodiff",
        (
            "magics",
            "exploring",
            "explorer",
            "viewed",
            "hearing",
            "companion",
            "gallery*",
            "taking",
            "further",
            "asking",
            "choices",
            "showing",
            "live",
        ),
    ),
    "analyses": (1, 0, "localise, relate, intervene, interact", ("analyses", "analyses.*")),
    "batching": (1, 1, "many pictures, kill-safe", ("batching", "batching.*")),
    "drawing": (
        2,
        2,
        "figures, HTML, what is sent",
        (
            "figure",
            "sheet",
            "captions",
            "small_print",
            "lettering",
            "weave",
            "html",
            "payload",
            "details",
            "codes",
            "thumbnail",
            "network",
            "shown",
            "chosen",
            "region",
            "colour",
            "traits",
        ),
    ),
    "estimator": (
        3,
        1,
        "the integral, its draws and its run",
        (
            "estimator",
            "run",
            "question",
            "assembly",
            "soundness",
            "devices",
            "devices.*",
            "calibration",
            "precision",
            "options",
            "additions",
            "checkpoint",
            "done",
            "evaluation",
            "running",
            "made_with",
            "plan",
            "coalitions",
            "stopping",
            "turns",
            "progress",
            "cache",
            "versions",
        ),
    ),
    "pipelines": (2, 0, "any by name, and a world that is known", ("loading", "scenes", "scenes.*")),
    "result": (
        4,
        2,
        "maps, totals, errors; no torch",
        (
            "result",
            "selection",
            "header",
            "joining",
            "dataset",
            "doubts",
            "leak",
            "rough",
            "convergence",
            "interactions",
            "bands",
        ),
    ),
    "denoisers": (4, 0, "one interface to any network", ("denoisers", "denoisers.*")),
    "foundations": (
        5,
        1,
        "channel, sampling, statistics, words",
        (
            "channel",
            "sampling",
            "statistics",
            "numbers",
            "listing",
            "images",
            "words",
            "naming",
            "transfer",
            "files",
            "extras",
            "errors",
        ),
    ),
}
WIDTH, HEIGHT, ACROSS, DOWN, MARGIN = 230, 52, 270, 100, 20


def room_of(module: str) -> str:
    """Return the room of a module, named below the package."""
    for name, (_, _, _, patterns) in ROOMS.items():
        if any(fnmatch(module, pattern) for pattern in patterns):
            return name
    raise SystemExit(f"{module} has no room: give it one in {Path(__file__).name}.")


def arrows() -> set[tuple[str, str]]:
    """Return which room imports from which."""
    graph = grimp.build_graph(PACKAGE, exclude_type_checking_imports=True)
    found = set()
    for module in sorted(graph.modules - {PACKAGE}):
        for imported in graph.find_modules_directly_imported_by(module) - {PACKAGE}:
            ends = tuple(room_of(name.removeprefix(f"{PACKAGE}.")) for name in (module, imported))
            if ends[0] != ends[1]:
                found.add(ends)
    return found


def reduced(found: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Leave out what a way over other rooms says already."""

    def reached(start: str) -> set[str]:
        below = {lower for upper, lower in found if upper == start}
        return below.union(*(reached(room) for room in below))

    return {
        (upper, lower)
        for upper, lower in found
        if not any(lower in reached(other) for start, other in found if start == upper and other != lower)
    }


def picture(found: set[tuple[str, str]]) -> str:
    """Return the SVG."""
    place = {name: (MARGIN + ACROSS * x, MARGIN + DOWN * y) for name, (y, x, _, _) in ROOMS.items()}
    width = int(max(x for x, _ in place.values())) + WIDTH + MARGIN
    height = max(y for _, y in place.values()) + HEIGHT + MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
        "<title>Imports between the rooms of the package, all downwards</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7"',
        'orient="auto"><path d="M0 0L8 4L0 8z" fill="#7a8599"/></marker></defs>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for upper, lower in sorted(found):
        (x1, y1), (x2, y2) = place[upper], place[lower]
        # Ends are spread along the edges of the boxes, so that arrows can be told apart.
        lean = WIDTH * 0.35 * (x2 - x1) / (2 * ACROSS)
        start, end = (x1 + WIDTH / 2 + lean, y1 + HEIGHT), (x2 + WIDTH / 2 - lean, y2)
        if y1 == y2:
            start, end = (
                (x1 + (WIDTH if x2 > x1 else 0), y1 + HEIGHT / 2),
                (x2 + (0 if x2 > x1 else WIDTH), y2 + HEIGHT / 2),
            )
        # Past a room that stands between, bend.
        bend = 0 if x1 != x2 or ROOMS[lower][0] - ROOMS[upper][0] == 1 else WIDTH * 0.62
        middle = (start[0] + end[0]) / 2 + bend, (start[1] + end[1]) / 2
        ends = f"{start[0]:.0f} {start[1]:.0f}Q{middle[0]:.0f} {middle[1]:.0f} {end[0]:.0f} {end[1]:.0f}"
        lines.append(f'<path d="M{ends}" fill="none" stroke="#7a8599" marker-end="url(#tip)"/>')
    for name, (x, y) in place.items():
        size = f'width="{WIDTH}" height="{HEIGHT}"'
        lines.append(f'<rect x="{x:.0f}" y="{y}" {size} rx="7" fill="#eef2fb" stroke="#3f51b5"/>')
        for text, down, style in (
            (name, 22, 'font-weight="bold" font-size="15" fill="#1a237e"'),
            (ROOMS[name][2], 40, 'font-size="12" fill="#333"'),
        ):
            at = f'x="{x + WIDTH / 2:.0f}" y="{y + down}" text-anchor="middle"'
            lines.append(f"<text {at} {style}>{text}</text>")
    return "\n".join([*lines, "</svg>"]) + "\n"


def main() -> None:
    """Write the picture, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    found = arrows()
    upwards = {pair for pair in found if ROOMS[pair[0]][0] > ROOMS[pair[1]][0]}
    if upwards:
        sys.exit(f"Imports that go upwards: {sorted(upwards)}")
    svg = picture(reduced(found))
    if not options.check:
        TARGET.write_text(svg, encoding="utf-8")
    elif svg != TARGET.read_text(encoding="utf-8"):
        sys.exit(f"{TARGET.name} is not what the imports are: run python tools/architecture.py")


if __name__ == "__main__":
    main()
