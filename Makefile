# What a person types. `make` alone lists it. Works with GNU make 3.81 and newer.

PROGRAMME = examples/dealers
PERIOD =
LANGS =
N = 1000000
BRANCHES = 2000
ONLY =
TRIALS =
export PROGRAMME PERIOD LANGS TRIALS

PYTHONS = python3 python3.14 python3.13 python3.12 python3.11
PYTHON = .venv/bin/python
MAKEFLAGS += --no-print-directory

.PHONY: help run test check docs bench lock clean environment ready
.DEFAULT_GOAL = help

help:
	@echo 'make run      one month of a programme: read, score, report (sets itself up)'
	@echo '                PERIOD=2025-10     the month; default: the newest in the inbox'
	@echo '                PROGRAMME=path     default: examples/dealers'
	@echo '                LANGS="zh en"      languages; default: the first of the programme'
	@echo 'make test     the tests; TRIALS=10: ten times the generated cases'
	@echo 'make check    lint, format, types'
	@echo 'make docs     docs/method.md anew from tests/spec'
	@echo 'make bench    rows/s and pages/s; N=1000000 responses, BRANCHES=2000'
	@echo '                ONLY=intake        or tables, or pages: a part of it'
	@echo 'make lock     both lock files anew from pyproject.toml'
	@echo 'make clean    remove the environment, caches and the generated example'

run: ready
	@if [ "$${PROGRAMME%/programme.toml}" -ef examples/dealers ]; then \
	    $(PYTHON) examples/generate.py || exit; \
	fi; \
	set -- --programme "$$PROGRAMME"; \
	if [ -n "$$PERIOD" ]; then set -- "$$@" --period "$$PERIOD"; fi; \
	for lang in $$LANGS; do set -- "$$@" --lang "$$lang"; done; \
	exec $(PYTHON) -m pipeline run "$$@"

test: ready
	@$(PYTHON) -m pipeline.machine tests
	@$(PYTHON) -m pytest -n auto --dist loadfile --no-loadscope-reorder

check: environment
	@failed=0; \
	$(PYTHON) -m ruff check . || failed=1; \
	$(PYTHON) -m ruff format --check . || failed=1; \
	$(PYTHON) -m mypy || failed=1; \
	exit $$failed

docs: environment
	@$(PYTHON) -m tests.spec docs/method.md

bench: ready
	@$(PYTHON) -m tests.bench --responses $(N) --branches $(BRANCHES) $(if $(ONLY),--only $(ONLY))

# Pins that still satisfy pyproject.toml stay; delete a lock first to move all of its own.
lock: environment
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	$(PYTHON) -m venv "$$folder" && \
	"$$folder/bin/python" -m pip install --quiet --disable-pip-version-check uv && \
	compile() { \
	    "$$folder/bin/uv" pip compile "$$@" --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	        --no-config --quiet --custom-compile-command 'make lock (uv pip compile --universal)'; \
	} && \
	compile pyproject.toml --extra dev --output-file requirements.lock && \
	compile --group rivals --constraints requirements.lock --output-file tests/bench/rivals.lock

clean:
	rm -rf .venv build dist *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	rm -rf examples/dealers/inbox examples/dealers/planted examples/dealers/out
	find . -name __pycache__ -prune -exec rm -rf {} +

# .venv, made once from requirements.lock and again only when that or pyproject.toml changes.
environment:
	@for python in $(PYTHONS); do \
	    if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        exec "$$python" -E -s -m pipeline.environment; \
	    fi; \
	done; \
	echo 'This machine lacks Python 3.11 or newer. Install, then repeat:' >&2; \
	echo '  Debian, Ubuntu   sudo apt-get install python3 python3-venv' >&2; \
	echo '  Fedora           sudo dnf install python3' >&2; \
	echo '  macOS            brew install python' >&2; \
	exit 2

# The system libraries and fonts that pages are set with.
ready: environment
	@$(PYTHON) -m pipeline.machine
