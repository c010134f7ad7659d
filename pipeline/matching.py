"""Which rules of a style sheet apply to an element, asked once for all elements that stand alike.

Pages consist of the same few hundred places over and over: elements of the same tag and attributes, under and after
such as are the same again. What a rule says is the same for each of them, on every page.
"""

import re
from typing import Any

from cssselect2 import Matcher

_VALUES = frozenset(("alt", "content", "data-foot", "src"))
"""Attributes that differ from page to page and that no selector may ask for."""
_NEAR = frozenset((":first", ":first-child", ":nth-child(2)"))
_PSEUDO = re.compile(r":[a-z-]+(?:\([^)]*\))?")
_FAR = re.compile(r"~|\+[^,{}]*\+")
_COMMENT, _BLOCK = re.compile(r"/\*.*?\*/", re.DOTALL), re.compile(r"\{[^{}]*\}")

_places: dict[tuple[Any, ...], int] = {}


class Remembered(Matcher):  # type: ignore[misc]
    """What was found is kept for all pages."""

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[int, Any] = {}

    def match(self, element: Any) -> Any:
        place = _place(element)
        if place not in self._found:
            self._found[place] = super().match(element)
        return self._found[place]


def only_near(style: str) -> str:
    """The style sheet itself. Raises ValueError for selectors by more than an element's own tag and attributes, those
    of what it is in and of the one before it, and whether it is the first or second."""
    selectors = _COMMENT.sub("", style)
    while _BLOCK.search(selectors):
        selectors = _BLOCK.sub(",", selectors)
    for found in {*_PSEUDO.findall(selectors)} - _NEAR | {*_FAR.findall(selectors)}:
        raise ValueError(f"a selector of the style sheet asks for more than is kept of an element: {found}")
    return style


def _place(element: Any) -> int:
    """The same number for elements that no selector can tell apart."""
    place: int | None = getattr(element, "place", None)
    if place is None:
        above = 0 if element.parent is None else _place(element.parent)
        before = None if element.previous is None else _own(element.previous.etree_element)
        key = (above, _own(element.etree_element), before, min(element.index, 2))
        place = element.place = _places.setdefault(key, len(_places) + 1)
    return place


def _own(element: Any) -> tuple[Any, ...]:
    return element.tag, *(one for one in element.items() if one[0] not in _VALUES)
