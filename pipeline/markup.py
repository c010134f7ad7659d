"""The HTML of a page on its way into the layout engine, and what goes into the PDF beside it."""

import html
import io
import re
from datetime import datetime

from weasyprint import Attachment

from pipeline.evidence import Evidence
from pipeline.network_view import NetworkReport
from pipeline.shapes import Shapes, shapes
from pipeline.view import Scorecard

_DRAWING = re.compile(r"<svg([^>]*)>(.*?)</svg>", re.DOTALL)
_LABEL = re.compile(r'aria-label="([^"]+)"')
_HEAD = re.compile(r"(<thead.*?</thead>)", re.DOTALL)
_HEADER = re.compile(r"<th(?=[ >])(?![^>]*\bscope=)")


def attachments(evidence: Evidence, view: Scorecard | NetworkReport) -> list[Attachment]:
    """In the order of their names, dated by the month's cut-off."""
    day = datetime.fromisoformat(view.cutoff)
    return [
        Attachment(
            file_obj=io.BytesIO(data), name=name, description=description, created=day, modified=day,
            relationship="Data",
        )
        for name, description, data in sorted(evidence.files(view))
    ]  # fmt: skip


def scoped(text: str) -> str:
    """Header cells say what they head: their column in a thead, else their row."""
    parts = _HEAD.split(text)  # every second one is a thead
    for place, part in enumerate(parts):
        parts[place] = _HEADER.sub('<th scope="col"' if place % 2 else '<th scope="row"', part)
    return "".join(parts)


def detach(text: str, untold: str) -> tuple[str, dict[str, tuple[str, bytes]], dict[str, Shapes]]:
    """Drawings out of the HTML into assets, and into images if they are of plain shapes: their hundreds of shapes
    then need no style of the page computed, an eighth of the time of a page. The aria-label of a drawing becomes the
    alternative text of the image; untold: what is said of one that has none."""
    drawings: dict[str, tuple[str, bytes]] = {}
    images: dict[str, Shapes] = {}
    known: dict[str, str] = {}  # a drawing that comes again is read once

    def image(found: re.Match[str]) -> str:
        drawing, attributes, inside = found.group(0, 1, 2)
        if drawing not in known:
            url = known[drawing] = f"asset:drawing-{len(known)}"
            if plain := shapes(drawing):
                images[url] = plain
            else:
                whole = f'<svg xmlns="http://www.w3.org/2000/svg"{attributes}>{inside}</svg>'
                drawings[url] = ("image/svg+xml", whole.encode())
        url = known[drawing]
        sign = ' class="sign"' if 'class="sign"' in attributes else ""
        label = _LABEL.search(attributes)
        return f'<img src="{url}" alt="{label[1] if label else html.escape(untold)}"{sign}>'

    return _DRAWING.sub(image, text), drawings, images
