"""Which texts can be kept. A text is stored code point by code point, so what cannot be stored is refused,
not mended.
"""

import re
from collections.abc import Mapping

MAX_DEPTH = 100
"""How deep a JSON value may nest: far below what the parsers and PostgreSQL take, far above any real
record.
"""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def bad_text(text: str) -> str | None:
    """Why PostgreSQL cannot store `text`, as a sentence that names the mend, or None where it can."""
    found = _UNSTORABLE.search(text)
    if found is None:
        return None
    if found.group() == "\x00":
        return f"The text holds the character U+0000 at position {found.start()}; remove it."
    return f"The text holds half a surrogate pair at position {found.start()}; send the whole character instead."


def escape_pointer(key: str) -> str:
    """`key` as one step of a JSON pointer (RFC 6901); what no text may hold is shown as U+FFFD."""
    return _UNSTORABLE.sub("�", key.replace("~", "~0").replace("/", "~1"))


def find_bad_text(value: object, base: str = "#") -> tuple[str, str] | None:
    """The first (pointer, sentence) of `value` that cannot be stored: a bad text or key, or too deep nesting.

    It walks with a stack of its own, so no nesting can exhaust Python's.
    """
    stack: list[tuple[object, str, int]] = [(value, base, 0)]
    while stack:
        current, pointer, depth = stack.pop()
        if isinstance(current, str):
            why = bad_text(current)
            if why:
                return pointer, why
        elif depth > MAX_DEPTH:
            return pointer, f"The value nests deeper than {MAX_DEPTH} levels; flatten it."
        elif isinstance(current, Mapping):
            for key in current:
                why = bad_text(str(key))
                if why:
                    return f"{pointer}/{escape_pointer(str(key))}", why.replace("The text", "The name")
            stack.extend((inner, f"{pointer}/{escape_pointer(str(key))}", depth + 1) for key, inner in current.items())
        elif isinstance(current, (list, tuple)):
            stack.extend((inner, f"{pointer}/{index}", depth + 1) for index, inner in enumerate(current))
    return None


def scalar_text(value: object) -> str | None:
    """The text of a single value as a CSV cell would show it; None for null, lists, objects."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    return value if isinstance(value, str) else None
