"""`csi inspect`: one export looked at, and a mapping drafted for it."""

import re
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from pipeline import hierarchy, instrument, programme, sources
from pipeline.file_names import told
from pipeline.inspection.analysis import inspect
from pipeline.inspection.branches import Branches
from pipeline.inspection.draft import draft
from pipeline.inspection.view import show
from pipeline.instrument import Instrument
from pipeline.likely import Likely
from pipeline.programme import Site
from pipeline.refusal import Refusal
from pipeline.sources import Options, decode
from pipeline.sources.dialect import SIGN, one_sign


@dataclass(frozen=True)
class Request:
    """What a person asked for. draft: where the mapping is to be written; None for
    <name of the export>.mapping.toml in this folder."""

    file: Path
    options: Options
    draft: Path | None = None
    programme: Path | None = None
    instrument: str | None = None


def inspect_file(request: Request, console: Console) -> int:
    """Prints what the export holds; then writes the draft, never over a file that is there.

    Raises Refusal for what is wrong with the export, the programme or the place of the draft.
    """
    site = programme.load(request.programme) if request.programme else None
    known = _instrument(request, site)
    encoding = request.options.encoding
    if encoding is not None and not decode.known(encoding):
        raise Refusal(f"--encoding {encoding}: there is no such encoding. Name one such as big5 or windows-1252.")
    delimiter = request.options.delimiter
    if delimiter is not None and not one_sign(delimiter):
        raise Refusal(f"--delimiter {delimiter!r}: expected {SIGN}.")
    if not request.file.exists():
        raise Refusal(f"{request.file}: there is no such file. Check the path.")
    try:
        found = inspect(sources.read(request.file, told(request.file), request.options), _branches(site))
    except Refusal as refusal:  # there is no mapping yet
        raise Refusal(re.sub(r"as `(\w+)` in the mapping", r"with --\1", one) for one in refusal.problems) from None
    show(found, console)
    target = request.draft or Path(f"{Path(told(request.file)).stem}.mapping.toml")
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(draft(found, known, request.options))
    except FileExistsError:
        raise Refusal(f"{target}: exists already and is kept. Move it away, or name another with --draft.") from None
    except OSError as error:
        raise Refusal(f"{target}: cannot be written ({error.strerror}). Name another with --draft.") from None
    console.print(f"\nMapping draft: {target}", markup=False, highlight=False, soft_wrap=True)
    return 0


def _branches(site: Site | None) -> Branches | None:
    """What the programme calls its branches, once it has a file of them."""
    if site is None or not (site.folder / site.programme.branches).exists():
        return None
    known = hierarchy.load(site, instrument.load(site))
    return Branches(Likely.of(known.branches, known.aliases), {*known.branches["branch"], *known.aliases})


def _instrument(request: Request, site: Site | None) -> Instrument | None:
    """The instrument whose items are looked for: the one named, else the programme's only one."""
    if site is None:
        if request.instrument is not None:
            raise Refusal("--instrument: name the programme too, with --programme.")
        return None
    used = instrument.load(site)
    if request.instrument is None and len(used) == 1:
        return used[0]
    known = ", ".join(one.id for one in used)
    if request.instrument is None:
        raise Refusal(f"--instrument: the programme has several; name one of {known}.")
    for one in used:
        if one.id == request.instrument:
            return one
    raise Refusal(f"--instrument {request.instrument}: the programme has {known}.")
