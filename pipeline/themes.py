"""Themes that free text is put under: [[theme]] of programme.toml."""

import unicodedata

from pydantic import model_validator
from pydantic.dataclasses import dataclass

from pipeline.settings import Names
from pipeline.toml import CLOSED, Id, Misfit, Text

OTHER = "other"
MOST = 12  # themes of a programme


@dataclass(frozen=True, config=CLOSED)
class Theme:
    """A verbatim that holds one of the words belongs to it. Case and width of letters do not matter."""

    id: Id
    name: Names
    words: tuple[Text, ...]

    @model_validator(mode="after")
    def _sensible(self) -> "Theme":
        if self.id == OTHER:
            raise Misfit(f"another id, {OTHER!r} is where verbatims without a theme go", "id")
        if not self.words:
            raise Misfit("at least one word", "words")
        known: list[str] = []
        for place, word in enumerate(self.words):
            plain = folded(word)
            if not plain.strip():
                raise Misfit(f"a word that is not blank, found {word!r}", "words", place)
            if plain in known:
                raise Misfit(f"every word once, found {word!r} again", "words", place)
            known.append(plain)
        return self

    def holds(self, plain: str) -> bool:
        """plain: a text as `folded` gives it."""
        return any(folded(word) in plain for word in self.words)


def folded(text: str) -> str:
    """A text as words are looked for in it."""
    return unicodedata.normalize("NFKC", text).casefold()
