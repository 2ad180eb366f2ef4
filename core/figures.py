"""How numbers are written on pages. Pure."""

from typing import Final

MINUS: Final = "\u2212"


def figure(value: float, form: str = ".3f") -> str:
    """`value` by a format specification, with a true minus sign; what rounds to nothing has no sign."""
    text = format(value, form)
    if not text.strip("+-0.e"):
        text = text.lstrip("+-")
    return text.replace("-", MINUS)
