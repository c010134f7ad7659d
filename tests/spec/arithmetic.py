"""Arithmetic as it is written on paper: exact while it can be, and read by no part of the product.

(700/9 + 500/9) / 2        fractions, kept exact
√(25/3)   2²   3·4         signs as in print
t(4)                       97.5 % point of Student's t with 4 degrees of freedom
tail(2.5, 4)               chance that such a t is farther from 0 than 2.5, on either side
z                          97.5 % point of the normal distribution
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Any

from scipy import stats

Value = Fraction | Decimal

DIGITS = 40
SIGNS = {"−": "-", "·": "*", "×": "*", "²": "**2", "³": "**3", "√": "sqrt", "π": "pi"}
_OPERATIONS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def evaluate(text: str, names: Mapping[str, Value] | None = None) -> Value:
    """names: results of steps before, by the name they were given."""
    for sign, spelt in SIGNS.items():
        text = text.replace(sign, spelt)
    with localcontext() as context:
        context.prec = DIGITS
        return _value(ast.parse(text.strip(), mode="eval").body, names or {})


def rounded(value: Value, decimals: int) -> Decimal:
    """Half away from zero."""
    step = Decimal(1).scaleb(-decimals)
    if isinstance(value, Decimal):
        return value.quantize(step, ROUND_HALF_UP)
    scaled = abs(value) * 10**decimals
    whole = math.floor(scaled + Fraction(1, 2))
    return Decimal(whole if value >= 0 else -whole).scaleb(-decimals)


def shown(value: Value) -> str:
    """As a reader wants it: nine decimals, without zeros at the end."""
    text = f"{rounded(value, 9):f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def _value(node: ast.expr, names: Mapping[str, Value]) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number):
            return Fraction(str(number))
        case ast.Name(id="z"):
            return _decimal(stats.norm.ppf(0.975))
        case ast.Name(id=name):
            return names[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, names)
        case ast.BinOp(left=left, op=op, right=right):
            return _both(_OPERATIONS[type(op)], _value(left, names), _value(right, names))
        case ast.Call(func=ast.Name(id=name), args=given):
            return _FUNCTIONS[name](*(_value(one, names) for one in given))
    raise ValueError(f"not arithmetic: {ast.unparse(node)}")


def _both(operation: Callable[[Any, Any], Any], left: Value, right: Value) -> Value:
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return operation(left, int(right)) if operation is operator.pow else operation(left, right)
    return operation(_plain(left), _plain(right))


def _plain(value: Value) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(value.numerator) / Decimal(value.denominator)


def _decimal(number: float) -> Decimal:
    return Decimal(float(number))


def _root(value: Value) -> Value:
    if isinstance(value, Fraction):
        over, under = math.isqrt(value.numerator), math.isqrt(value.denominator)
        if over * over == value.numerator and under * under == value.denominator:
            return Fraction(over, under)
    return _plain(value).sqrt()


_FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "sqrt": _root,
    "t": lambda df: _decimal(stats.t.ppf(0.975, float(df))),
    "tail": lambda t, df: _decimal(2 * stats.t.sf(abs(float(t)), float(df))),
    "ln": lambda value: _plain(value).ln(),
    "max": max,
    "min": min,
    "abs": abs,
}
