"""Files of an inbox that nobody put there to be read: what systems and Excel leave."""

_BEGIN = (".", "~$")
_WINDOWS = ("thumbs.db", "desktop.ini")


def ignored(name: str) -> bool:
    """Whether a file of this name is passed over."""
    return name.startswith(_BEGIN) or name.lower() in _WINDOWS
