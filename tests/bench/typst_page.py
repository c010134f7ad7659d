"""A page of the size of a scorecard for typst: the same numbers in tables, bars and lines, nothing more."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import typst

from pipeline.fonts import Fonts
from pipeline.view import Figure, IndexBlock, Scorecard

HEAD = """#set page(paper: "a4", margin: 15mm)
#set text(font: "{font}", size: 8pt, lang: "zh")
#let bar(a, b, m) = box(width: 42mm, height: 4mm)[
  #place(dx: a * 42mm, dy: 1mm, rect(width: (b - a) * 42mm, height: 2mm, fill: rgb("#cfdff0")))
  #place(dx: m * 42mm, dy: 1mm, circle(radius: 1mm, fill: rgb("#1d4f91")))]
"""


@cache
def compiler(found: Fonts) -> Callable[[Scorecard], bytes]:
    """Compiles a card with the folders of the fonts open, as typst keeps them."""
    folders = sorted({str(Path(face.path).parent) for face in (found.regular, found.bold)})
    fonts = typst.Fonts(include_system_fonts=False, font_paths=folders)

    def compiled(card: Scorecard) -> bytes:
        source = HEAD.replace("{font}", found.name)
        source += f"= {card.name}\n{card.branch} {card.region} {card.period} {card.run_id}\n"
        source += "".join(map(_block, card.blocks))
        source += "".join(f"\n{name} {digest}\n" for name, digest in card.method.inputs)
        return bytes(typst.Compiler(source.encode(), font_paths=fonts).compile(format="pdf"))

    return compiled


def _block(block: IndexBlock) -> str:
    rows = ""
    for line in block.factors:
        f = line.figure
        cells = (f"*{line.name}* \\ {line.weight} n {f.n}", f"{f.estimate} \\ {f.low} {f.high}")
        more = (line.on_month.difference, line.region.estimate, line.network.estimate, line.contribution)
        rows += "".join(f"[{cell}], " for cell in cells) + f"{_bar(f, block.points)}, "
        rows += "".join(f"[{cell}], " for cell in more) + "\n"
    months = "".join(f"[{point.period} \\ {point.month.estimate} \\ {point.month.n}]," for point in block.trend)
    lines = "".join(
        f"#place(line(start: ({place * 13}mm, {_height(one.month, block.points)}mm), "
        f"end: ({place * 13 + 13}mm, {_height(other.month, block.points)}mm)))\n"
        for place, (one, other) in enumerate(zip(block.trend, block.trend[1:], strict=False))
    )
    h = block.headline
    return (
        f"== {block.name}\n#text(size: 38pt)[{h.estimate}] {h.low} {h.high} n {h.n}\n"
        f"#table(columns: 7, stroke: 0.3pt,\n{rows})\n#block(height: 25mm)[{lines}]\n"
        f"#table(columns: {len(block.trend)}, stroke: 0.3pt,\n{months})\n"
    )


def _bar(figure: Figure, points: int) -> str:
    values = [float(value or 0) / points for value in (figure.low, figure.high, figure.estimate)]
    return "bar({:.3f}, {:.3f}, {:.3f})".format(*values)


def _height(figure: Figure, points: int) -> float:
    return round(25 - 25 * float(figure.estimate or 0) / points, 2)
