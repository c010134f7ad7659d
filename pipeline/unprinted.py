"""Pages that could not be printed: the others are published, these are listed and can be tried again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.pages import Pages
from pipeline.plan import Order, Plan
from pipeline.refusal import Refusal

_NAMED = 3  # branches in the advice


def languages(planned: Plan, folder: Path, order: Order, changed: bool) -> tuple[str, ...]:
    """The languages to print. changed: whether pages bear another status from now on, which those printed in
    further languages must bear as well. Raises Refusal where one scorecard alone would bear it."""
    if not changed:
        return planned.languages
    if order.only:
        raise Refusal(f"--only: all pages of {planned.month} are to bear another status. Print them with csi report.")
    given = planned.site.programme.languages
    there = [one for place, one in enumerate(given) if (folder / f"scorecards{f'-{one}' if place else ''}").is_dir()]
    return tuple(dict.fromkeys((*planned.languages, *there)))


def wanted(order: Order, pages: Pages) -> tuple[str, ...]:
    """The branches whose scorecards are to be printed. Raises Refusal for one that has none."""
    branches = pages.branches()
    for branch in order.only:
        if branch not in branches:
            some = ", ".join(branches[:_NAMED])
            raise Refusal(f"--only {branch}: no branch of {pages.run.period}. It has {len(branches):,}: {some} …")
    return order.only or branches


def settle(folder: Path, order: Order, facts: Mapping[str, Any], failed: Mapping[str, str]) -> dict[str, str]:
    """What is missing in `folder`: file -> reason. failed: of the pages just tried. Raises Refusal where no scorecard
    could be printed, or one that was asked for by name; what was published before then stays."""
    if failed and (order.only or not any(folder.glob("scorecards*/*.pdf"))):
        raise Refusal([*_listed(failed), "Nothing was published anew."])
    for name in failed:
        (folder / name).unlink(missing_ok=True)
    before = facts.get("failed", {}) if order.only else {}
    return dict(failed) | {name: why for name, why in before.items() if not (folder / name).exists()}


def complain(facts: Mapping[str, Any]) -> None:
    """Raises Refusal naming every page that a published month lacks."""
    failed: dict[str, str] = facts["failed"]
    if not failed:
        return
    cards = sorted({Path(name).stem for name in failed if "/" in name})
    again = "".join(f" --only {one}" for one in cards[:_NAMED]) if all("/" in name for name in failed) else ""
    more = " …" if again and len(cards) > _NAMED else ""
    pages = "1 page" if len(failed) == 1 else f"{len(failed):,} pages"
    raise Refusal([
        *_listed(failed),
        f"{pages} could not be printed; all others are published. When the cause is mended: csi report{again}{more}",
    ])  # fmt: skip


def _listed(failed: Mapping[str, str]) -> list[str]:
    return [f"{name}: {why}" for name, why in sorted(failed.items())]
