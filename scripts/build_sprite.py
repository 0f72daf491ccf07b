#!/usr/bin/env python3
"""Which icons does the product draw? Joins the SVG files of one folder into one sprite of symbols.

Run it after an icon was added or changed. `--check` writes nothing and fails when the sprite is old.
"""

import sys
from pathlib import Path
from xml.etree import ElementTree

WEB = Path(__file__).resolve().parent.parent / "src" / "duologue" / "web"
SVG = "http://www.w3.org/2000/svg"
# Stroke width and colour stay out: the page's style sheet sets them and they inherit into the symbol.
DRAWN = {"fill": "none", "stroke": "currentColor", "stroke-linecap": "round", "stroke-linejoin": "round"}


def symbol(source: Path) -> ElementTree.Element:
    drawing = ElementTree.fromstring(source.read_text(encoding="utf-8"))  # noqa: S314 - our own files
    result = ElementTree.Element(
        f"{{{SVG}}}symbol", {"id": source.stem, "viewBox": drawing.attrib["viewBox"], **DRAWN}
    )
    result.extend(drawing)
    return result


def sprite(folder: Path) -> str:
    ElementTree.register_namespace("", SVG)
    root = ElementTree.Element(f"{{{SVG}}}svg")
    root.extend(symbol(source) for source in sorted(folder.glob("*.svg")))
    ElementTree.indent(root, space="")
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def main() -> int:
    target = WEB / "static" / "icons.svg"
    fresh = sprite(WEB / "icons")
    if "--check" in sys.argv[1:]:
        return 0 if target.read_text(encoding="utf-8") == fresh else 1
    target.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
