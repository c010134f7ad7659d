"""HTML → PDF, deterministic, in a pool of processes; one broken page does not stop the rest.

A worker sets itself up once: open fonts, templates, counter styles and parsed style sheets
are reused for every page, and its heap is frozen so that the garbage collector leaves it.
"""

import gc
import html
import logging
import multiprocessing
import os
import tempfile
import threading
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing import connection
from pathlib import Path

from weasyprint import CSS
from weasyprint.css.counters import CounterStyle
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from pipeline import conformance
from pipeline.catalogue import REPORTS, translator
from pipeline.document import Page
from pipeline.evidence import NO_EVIDENCE, Evidence
from pipeline.fonts import Fonts
from pipeline.markup import attachments, detach, scoped
from pipeline.matching import Remembered, only_near
from pipeline.network_view import NetworkReport
from pipeline.page import page, style
from pipeline.view import Scorecard

FAMILY, REGULAR, BOLD = "CSI Sans", "asset:regular", "asset:bold"
FACES = "".join(
    f'@font-face {{ font-family: "{FAMILY}"; font-weight: {weight}; src: url("{url}") }}\n'
    for weight, url in ((400, REGULAR), (700, BOLD))
)
SET_BY_STYLE = "0123456789 /-"  # page numbers and hyphens, which no template holds


class RenderError(Exception):
    """A page that cannot be printed as it should be; the message is one sentence for a reader."""


@dataclass(frozen=True)
class Job:
    """One PDF to make. id: the branch id, or any name the caller knows the page by. evidence: the rows
    that its figures come from, to be attached."""

    id: str
    view: Scorecard | NetworkReport
    target: Path
    evidence: Evidence = NO_EVIDENCE


@dataclass(frozen=True)
class Result:
    """What became of a job. error: "" if target is written, else one sentence and no file
    touched. pages and size (bytes) are 0 on failure."""

    id: str
    target: Path
    pages: int
    size: int
    error: str


class Assets(URLFetcher):  # type: ignore[misc]
    """Serves the addresses it was given, from memory, and refuses every other one."""

    def __init__(self, files: Mapping[str, tuple[str, bytes]]) -> None:
        super().__init__(allowed_protocols=(), fail_on_errors=True)
        self._files = files

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:  # noqa: ARG002
        if url not in self._files:
            raise ValueError(f"refused to fetch {url}")
        kind, data = self._files[url]
        return URLFetcherResponse(url, data, {"Content-Type": kind})


class Renderer:
    """Pages to PDF bytes, with what is the same for all pages made once."""

    def __init__(self, fonts: Fonts) -> None:
        self._fonts = fonts
        self._counters = CounterStyle()
        self._nothing = Assets({})
        self._styles: dict[str, CSS] = {}

    def pdf(self, view: Scorecard | NetworkReport, evidence: Evidence = NO_EVIDENCE) -> tuple[bytes, int]:
        """The PDF of a view and its number of pages: tagged, PDF/A-3b, with the evidence attached.

        The same view and fonts give the same bytes in any process, time zone, folder and
        order. Raises RenderError if a character has no glyph, anything had to be fetched, or
        the layout engine had something to warn of; TextMissing, ValueError from `page`.
        """
        text = page(view)
        shown = html.unescape(text)
        if missing := self._fonts.missing_glyphs(shown):
            named = ", ".join(f"{c} (U+{ord(c):04X})" for c in sorted(missing))
            raise RenderError(f"The fonts have no glyph for {named}")
        gettext = translator(view.language)
        text, drawings, images = detach(scoped(text), gettext("Drawing of figures that are printed on this page"))
        regular, bold = self._fonts.subsets(shown + SET_BY_STYLE)
        faces = {REGULAR: ("font/otf", regular), BOLD: ("font/otf", bold)}
        assets, families = Assets(faces | drawings), _no_system_fonts()
        with _warnings_are_errors():
            try:
                CSS(string=FACES, url_fetcher=assets, font_config=families)
                document = Page(text, assets).render(
                    font_config=families,
                    counter_style=self._counters,
                    stylesheets=[self._style(view.language)],
                    cache=images,
                )
                data = document.write_pdf(
                    pdf_variant=conformance.VARIANT,
                    pdf_tags=True,
                    attachments=attachments(evidence, view),
                    finisher=conformance.finish,
                )
            except FatalURLFetchingError as error:
                raise RenderError(str(error.__cause__ or error)) from None
        if strangers := {font.family for font in document.fonts.values()} - {FAMILY}:
            raise RenderError(f"Another font than ours was used: {', '.join(sorted(strangers))}")
        return data, len(document.pages)

    def _style(self, language: str) -> CSS:
        if language not in self._styles:
            text = only_near(style(language))
            self._styles[language] = CSS(string=text, url_fetcher=self._nothing, matcher=Remembered())
        return self._styles[language]


def _no_system_fonts() -> FontConfiguration:
    """A font configuration that knows none of the machine's fonts, so that none is looked through for each text."""
    kept = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(REPORTS / "fonts.conf")
    try:
        return FontConfiguration()
    finally:
        if kept is None:
            del os.environ["FONTCONFIG_FILE"]
        else:
            os.environ["FONTCONFIG_FILE"] = kept


@contextmanager
def _warnings_are_errors() -> Iterator[None]:
    """Raise RenderError for the first thing WeasyPrint would only have logged.

    The one warning let through says that libharfbuzz-subset is missing: slow, not wrong.
    """
    records: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: records.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("weasyprint")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
    for message in records:
        if not message.startswith("Using fontTools instead of HarfBuzz"):
            raise RenderError(message)


def render_all(jobs: Sequence[Job], workers: int, fonts: Fonts) -> Iterator[Result]:
    """Write every job's PDF, `workers` at a time; results come as they are done.

    A job that fails is a Result with an error. When a worker process dies, the pages it may
    have died of are tried again one by one, each in a process of its own, after the others.
    """
    suspects: list[Job] = []
    waiting = deque(jobs)
    while waiting:
        suspects += yield from _round(waiting, workers, fonts)
    for job in suspects:
        if (yield from _round(deque([job]), 1, fonts)):
            reason = f"{job.id}: The process that printed this page was killed (out of memory?)"
            yield Result(job.id, job.target, 0, 0, reason)


def _round(waiting: deque[Job], workers: int, fonts: Fonts) -> Generator[Result, None, list[Job]]:
    """Empty `waiting` through one pool. Returns the jobs under way when the pool broke."""
    running: dict[Future[Result], Job] = {}
    spawn = multiprocessing.get_context("spawn")
    count = min(workers, len(waiting))
    with ProcessPoolExecutor(count, mp_context=spawn, initializer=_end_with_parent) as pool:
        try:
            while waiting or running:
                while waiting and len(running) <= workers:
                    running[pool.submit(render_job, waiting[0], fonts)] = waiting[0]
                    waiting.popleft()
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    result = future.result()
                    del running[future]
                    yield result
        except BrokenProcessPool:
            return list(running.values())
    return []


def _end_with_parent() -> None:
    """A worker whose run was killed ends too, instead of waiting for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def render_job(job: Job, fonts: Fonts) -> Result:
    """Write one job's PDF here, whole or not at all. Never raises for a page's own fault; OSError where nothing can
    be written, which is no page's fault."""
    try:
        data, pages = worker(fonts).pdf(job.view, job.evidence)
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        return Result(job.id, job.target, 0, 0, f"{job.id}: {reason}")
    job.target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=job.target.parent, prefix=f".{job.target.stem}-", delete=False) as part:
        part.write(data)
    os.chmod(part.name, 0o644)
    os.replace(part.name, job.target)
    return Result(job.id, job.target, pages, len(data), "")


@cache
def worker(fonts: Fonts) -> Renderer:
    """The renderer of this process, which from then on does nothing else: its heap is frozen."""
    renderer = Renderer(fonts)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    return renderer
