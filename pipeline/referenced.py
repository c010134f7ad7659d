"""The objects of a PDF under way, by the words in which others refer to them."""

from typing import Any


def referenced(pdf: Any, reference: bytes) -> Any:
    """The object of a pydyf.PDF that `12 0 R` stands for."""
    return pdf.objects[int(reference.split()[0])]
