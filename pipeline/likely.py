"""Which branch was probably meant by a text that names none: one whose id, alias or name differs only by capital
letters, width, spaces, hyphens and the like."""

from collections.abc import Iterable, Mapping
from unicodedata import normalize

import polars as pl


class Likely:
    """Branches by what their ids, aliases and names are without such differences."""

    def __init__(self, names: Iterable[tuple[str, str]] = ()) -> None:
        """names: (id, alias or name, branch)."""
        self._meant: dict[str, set[str]] = {}
        for name, branch in names:
            self._meant.setdefault(_bare(name), set()).add(branch)

    @classmethod
    def of(cls, branches: pl.DataFrame, aliases: Mapping[str, str]) -> "Likely":
        """branches: schemas.branches. aliases: code or alias -> branch."""
        columns = (branches.select(name, pl.col("branch").alias("of")) for name in ("branch", "name_zh", "name_en"))
        return cls([*aliases.items(), *(pair for one in columns for pair in one.unique().iter_rows())])

    def told(self, text: str) -> str:
        """' Did you mean SH-001?', or '' where no branch or several may be meant."""
        meant = self.meant(text)
        return f" Did you mean {meant}?" if meant else ""

    def meant(self, text: str) -> str:
        """The branch, or '' where none or several may be meant."""
        bare = _bare(text)
        found = self._meant.get(bare, set())
        return next(iter(found)) if len(found) == 1 and bare else ""


def _bare(text: str) -> str:
    return "".join(one for one in normalize("NFKC", text).casefold() if one.isalnum())
