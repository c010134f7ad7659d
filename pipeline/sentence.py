"""Sentences that a terminal says in English and a page in its own language."""

from typing import Any


def gettext(text: str) -> str:
    """Marks a text for the catalogue; a page or a workbook looks it up there."""
    return text


class Sentence(str):
    """An English sentence that knows its parts. template: its msgid; parts: what fills it, among them
    perhaps other sentences."""

    __slots__ = ("parts", "template")

    template: str
    parts: dict[str, Any]

    def __new__(cls, template: str, **parts: Any) -> "Sentence":
        made = super().__new__(cls, template % parts)
        made.template, made.parts = template, parts
        return made

    def without(self, text: str) -> "Sentence":
        """The sentence with a text taken out of its parts."""
        taken = {
            name: part.without(text)
            if isinstance(part, Sentence)
            else part.replace(text, "")
            if isinstance(part, str)
            else part
            for name, part in self.parts.items()
        }
        return Sentence(self.template, **taken)
