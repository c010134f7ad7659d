"""Where a page of the site lies, and the way from it to everything else: relative, so that it opens from disk."""

from dataclasses import dataclass
from urllib.parse import quote

FOLDER = "site"  # in a month's folder


@dataclass(frozen=True)
class Place:
    """path: below the language's folder. The first of languages lies at the site's root, others in a folder each."""

    path: str
    language: str
    languages: tuple[str, ...]

    @property
    def file(self) -> str:
        """Below the site's folder."""
        return f"{self._folder(self.language)}{self.path}"

    @property
    def up(self) -> str:
        """From the page to the site's folder: "", "../", …"""
        return "../" * self.file.count("/")

    def to(self, path: str) -> str:
        """Another page in the same language."""
        return self._quoted(f"{self._folder(self.language)}{path}")

    def asset(self, path: str) -> str:
        """What pages in all languages share."""
        return self._quoted(path)

    def month(self, path: str) -> str:
        """What lies in the month's folder beside the site."""
        return self._quoted(f"../{path}")

    def output(self, path: str) -> str:
        """What lies beside the months."""
        return self._quoted(f"../../{path}")

    def same(self, language: str) -> str:
        """This page in another language."""
        return self._quoted(f"{self._folder(language)}{self.path}")

    def _folder(self, language: str) -> str:
        return "" if language == self.languages[0] else f"{language}/"

    def _quoted(self, path: str) -> str:
        return self.up + quote(path)


def page_of(kind: str, instrument: str, first: str) -> str:
    """index, regions, factors or compare: each instrument has its own; those of the first bear the plain name."""
    return f"{kind}.html" if instrument == first else f"{kind}-{instrument}.html"


def branch_page(branch: str) -> str:
    return f"branch/{branch}.html"
