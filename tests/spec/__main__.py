"""python -m tests.spec docs/method.md"""

import sys
from pathlib import Path

from tests.spec.contents import KINDS
from tests.spec.page import page

target = Path(sys.argv[1])
target.parent.mkdir(parents=True, exist_ok=True)
target.write_text(page(KINDS), encoding="utf-8")
