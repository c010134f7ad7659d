"""The rules of tests/spec hold in the product, and docs/method.md is what they say."""

import re
from pathlib import Path

import pytest

from pipeline.score import SQL
from tests.spec.contents import KINDS
from tests.spec.form import Rule
from tests.spec.page import page
from tests.spec.programme import Method

ROOT = Path(__file__).resolve().parent.parent
RULES = [rule for kind in KINDS for rule in kind.rules.values()]


@pytest.fixture(scope="module")
def method(tmp_path_factory: pytest.TempPathFactory) -> Method:
    return Method([one for rule in RULES for one in rule.examples], tmp_path_factory.mktemp("method"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.title)
def test_the_product_keeps_the_rule(rule: Rule, method: Method) -> None:
    assert [found for one in rule.examples for found in method.disagreements(one)] == []


def test_every_step_of_the_sql_is_named_by_a_rule() -> None:
    steps = {path.name.split(".")[0] for path in SQL.iterdir() if path.is_file()}
    assert {one for rule in RULES for one in rule.sql} == steps


def test_docs_method_is_what_the_rules_say() -> None:
    written = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    assert written == page(KINDS), "write it anew: make docs"


def test_no_question_of_an_auditor_takes_more_than_600_lines_of_sql() -> None:
    """README says which steps answer it, and how long they are. All steps are among them."""
    lines = {path.name.split(".")[0]: _lines(path) for path in SQL.iterdir() if path.is_file()}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    _, table = readme.split("| question | steps | lines |\n|---|---|---|\n")
    rows = [row.strip("| ").split(" | ") for row in table.split("\n\n")[0].splitlines()]
    named: set[str] = {"10_programme"}
    for question, steps, told in rows:
        found = [name for step in steps.split(", ") for name in lines if name.startswith(f"{step}_") or name == step]
        assert sum(lines[one] for one in found) == int(told) <= 600, question
        named |= {*found}
    assert named == lines.keys() - {"units", "bridge"}


def _lines(step: Path) -> int:
    text = re.sub(r"\{#.*?#\}", "", step.read_text(encoding="utf-8"), flags=re.DOTALL)
    return sum(1 for line in text.splitlines() if line.strip() and not line.lstrip().startswith("--"))
