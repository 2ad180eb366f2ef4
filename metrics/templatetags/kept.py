"""What the pages about agreement carry from tab to tab."""

from typing import Any, Final
from urllib.parse import urlencode

from django import template

register = template.Library()

NAMES: Final = ("question", "version", "slice")


@register.simple_tag(takes_context=True)
def kept(context: dict[str, Any], keep: str | None) -> str:
    """The query that a page keeps; of a page that asks for nothing itself, what its address brought along."""
    if keep:
        return keep
    given = context["request"].GET
    found = {name: given[name] for name in NAMES if given.get(name)}
    return f"?{urlencode(found)}" if found else ""
