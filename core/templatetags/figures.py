"""Numbers on pages: `floatformat` as Django's, but with a true minus sign, and `signed`. Loaded in every template."""

from django import template
from django.template.defaultfilters import floatformat as plain_floatformat
from django.utils.safestring import SafeString, mark_safe

from core.figures import MINUS, figure

register = template.Library()


@register.filter(is_safe=True)
def floatformat(value: object, places: str | int = -1) -> SafeString:
    # digits, a point and a sign, or nothing: Django has escaped it
    return mark_safe(str(plain_floatformat(value, places)).replace("-", MINUS))  # noqa: S308


@register.filter
def signed(value: float, form: str = ".3f") -> str:
    """A difference with its sign: `+0.120`, `−0.120`, `0.000`."""
    return figure(value, f"+{form}")


@register.filter
def percent(share: float, places: int = 1) -> str:
    """A share of 0 to 1 as a percentage: `0.5 %`; what is not quite nothing is never `0 %`."""
    least = 10.0**-places
    if 0 < 100 * share < least / 2:
        return f"under {least:g}\u00a0%"
    return f"{figure(100 * share, f'.{places}f') if share else 0}\u00a0%"
