"""Draws the rooms of the code and what they need of each other: ``docs/architecture.svg``.

Rows are the layers of ``pyproject.toml``, arrows the imports of the source between its folders;
the files at the root are there for all. An arrow that others imply is left out: where a folder
needs a second that needs a third, the first may need that too. A test draws it again and compares.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

import grimp

PROJECT = Path(__file__).resolve().parents[1]
PICTURE = PROJECT / "docs" / "architecture.svg"
PACKAGE = "practiceear"
SOURCE = PROJECT / "src" / PACKAGE

WIDTH, ROW_HEIGHT, BOX_HEIGHT, GAP, MARGIN = 1060, 84, 52, 24, 20

HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<title>What the folders of PracticeEar import, from the command line down to the units</title>
<style>
svg {{ background: #fdfcf9 }}
rect {{ fill: #eef3f7; stroke: #2f6690 }}
path {{ fill: none; stroke: #2f6690; stroke-opacity: .55; marker-end: url(#tip) }}
text {{ font: 12px sans-serif; fill: #1c1c1c; text-anchor: middle }}
.name {{ font: bold 15px sans-serif }}
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"
 orient="auto"><path d="M0 0 8 4 0 8z" style="fill:#2f6690;stroke:none"/></marker></defs>
"""


def layers() -> list[list[str]]:
    """Rooms from the highest layer to the lowest, those of one layer beside each other."""
    with (PROJECT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    rows = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [[room.strip() for room in row.split("|")] for row in rows]


def needs(rooms: set[str]) -> dict[str, set[str]]:
    """For each room, those that it imports and that no other of its imports imports already."""
    graph = grimp.build_graph(PACKAGE)
    direct: dict[str, set[str]] = {room: set() for room in rooms}
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            ends = [module.split(".")[1:2] for module in (importer, imported)]
            if all(ends) and ends[0] != ends[1] and {ends[0][0], ends[1][0]} <= rooms:
                direct[ends[0][0]].add(ends[1][0])

    def reached(room: str) -> set[str]:
        return direct[room].union(*(reached(other) for other in direct[room]))

    return {
        room: others - {far for other in others for far in reached(other)}
        for room, others in direct.items()
    }


def purpose(room: str) -> str:
    """First line of what a room says of itself, up to its first stop."""
    path = SOURCE / room
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    sentence = text.partition("\n")[0].replace("`", "")
    return sentence.partition(":")[0].partition(";")[0].rstrip(".")


def places(rows: list[list[str]]) -> dict[str, tuple[float, float, float]]:
    """Left edge, top and width of each room's box."""
    found = {}
    for number, row in enumerate(rows):
        width = (WIDTH - 2 * MARGIN - GAP * (len(row) - 1)) / len(row)
        for column, room in enumerate(row):
            left = MARGIN + column * (width + GAP)
            found[room] = left, MARGIN + number * ROW_HEIGHT, width
    return found


def arrows(needed: Mapping[str, set[str]]) -> Iterator[str]:
    """The arrows as paths of SVG, spread over the edges of the boxes."""
    at = places(layers())
    for room in sorted(needed):
        left, top, width = at[room]
        others = sorted(needed[room], key=lambda other: (at[other][0] + at[other][2] / 2, other))
        for k, other in enumerate(others):
            to_left, to_top, to_width = at[other]
            x = left + width * (k + 1) / (len(others) + 1)
            to_x = min(max(x, to_left + 10), to_left + to_width - 10)
            y, bend = top + BOX_HEIGHT, (to_top - top - BOX_HEIGHT) / 2
            yield f'<path d="M{x:.0f} {y} C{x:.0f} {y + bend:.0f} {to_x:.0f} {to_top - bend:.0f}'
            yield f' {to_x:.0f} {to_top}"/>\n'


def picture() -> str:
    """The whole picture as SVG."""
    rows = layers()
    at = places(rows)
    folders = {room for room in at if (SOURCE / room).is_dir()}
    parts = [HEAD.format(width=WIDTH, height=2 * MARGIN + ROW_HEIGHT * len(rows) - GAP)]
    parts += arrows(needs(folders))
    for room, (left, top, width) in at.items():
        middle = left + width / 2
        parts.append(
            f'<rect x="{left:.0f}" y="{top}" width="{width:.0f}" height="{BOX_HEIGHT}"/>\n'
        )
        parts.append(f'<text class="name" x="{middle:.0f}" y="{top + 21}">{room}</text>\n')
        if len(words := purpose(room)) * 6 < width:
            parts.append(f'<text x="{middle:.0f}" y="{top + 40}">{escape(words)}</text>\n')
    return "".join([*parts, "</svg>\n"])


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
