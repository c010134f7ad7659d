"""Numbers, headed groups and grids, as all parts of a derivation are set on a terminal."""

from collections.abc import Iterable
from decimal import Decimal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text


def number(value: Decimal | None, places: int = 4) -> str:
    return "–" if value is None else f"{value:,.{places}f}"


def headed(title: str, *parts: RenderableType) -> Group:
    return Group(Text(title, style="bold"), *parts)


def grid(rows: Iterable[tuple[str, RenderableType]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, value)
    return table
