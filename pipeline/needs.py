"""What a machine must bring for pages to be set, and the package that brings it on each system.

Like `machine` and `environment`, which come before anything is installed, this imports the standard library alone.
"""

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """Something the machine must have, and the package that brings it on each system."""

    name: str
    debian: str
    fedora: str
    brew: str


@dataclass(frozen=True)
class Library:
    """A shared library, by the names WeasyPrint asks for it, and a function that is in it."""

    need: Need
    names: tuple[str, ...]  # as the loader knows it: Linux, macOS
    stem: str  # as find_library knows it
    probe: str  # the function, the one that tells the version where there is one


PANGO_OLDEST = 14400  # 1.44.0, in Pango's own counting
PANGO = Need("Pango 1.44 or newer", "libpango-1.0-0", "pango", "pango")
LIBRARIES = {
    "gobject": Library(PANGO, ("libgobject-2.0.so.0", "libgobject-2.0.0.dylib"), "gobject-2.0", "g_type_init"),
    "pango": Library(PANGO, ("libpango-1.0.so.0", "libpango-1.0.dylib"), "pango-1.0", "pango_version_string"),
    "pangoft2": Library(
        Need("PangoFT2", "libpangoft2-1.0-0", "pango", "pango"),
        ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib"),
        "pangoft2-1.0",
        "pango_ft2_font_map_new",
    ),
    "fontconfig": Library(
        Need("Fontconfig", "libfontconfig1", "fontconfig", "fontconfig"),
        ("libfontconfig.so.1", "libfontconfig.1.dylib"),
        "fontconfig",
        "FcGetVersion",
    ),
    "harfbuzz": Library(
        Need("HarfBuzz", "libharfbuzz0b", "harfbuzz", "harfbuzz"),
        ("libharfbuzz.so.0", "libharfbuzz.0.dylib"),
        "harfbuzz",
        "hb_version_string",
    ),
    # WeasyPrint runs without this one, 25 times slower. Debian 12, Ubuntu 24.04 and newer have it.
    "harfbuzz-subset": Library(
        Need("HarfBuzz-Subset", "libharfbuzz-subset0", "harfbuzz", "harfbuzz"),
        ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib"),
        "harfbuzz-subset",
        "hb_subset_input_create_or_fail",
    ),
}
FONTS = Need(
    "a complete Simplified Chinese font, regular and bold",
    "fonts-noto-cjk",
    "google-noto-sans-cjk-fonts",
    "font-noto-sans-cjk-sc",
)
BROWSER = Need("Chromium", "chromium", "chromium", "google-chrome")
DRIVER = Need("ChromeDriver", "chromium-driver", "chromedriver", "chromedriver")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APPLICATIONS = (  # where macOS keeps them
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
VENV = Need(
    "Python's venv and ensurepip",
    f"python3.{sys.version_info.minor}-venv",
    "python3",
    "python",
)
