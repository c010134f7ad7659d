"""The texts of pages in their languages: English as written, others from reports/locale."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

REPORTS = Path(__file__).resolve().parent.parent / "reports"


class TextMissing(Exception):
    """A text of the pages has no finished translation; the message names it."""


@cache
def texts(language: str) -> dict[str, str]:
    """msgid → text of one language's catalogue; English is the msgids themselves ({})."""
    if language == "en":
        return {}
    path = REPORTS / "locale" / language / "LC_MESSAGES" / "csi.po"
    if not path.is_file():
        raise TextMissing(f"No texts for language {language!r}: {path.name} is missing")
    with path.open("rb") as file:
        catalog = read_po(file, locale=language, abort_invalid=True)
    return {str(m.id): str(m.string) for m in catalog if m.id and m.string and not m.fuzzy}


def translator(language: str) -> Callable[[str], str]:
    """msgid → text in this language. The function raises TextMissing for a text that has none."""
    catalog = texts(language)

    def translate(text: str) -> str:
        if language == "en":
            return text
        if text not in catalog:
            raise TextMissing(f"No {language} translation of {text!r}")
        return catalog[text]

    return translate
