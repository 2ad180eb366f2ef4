"""What is wrong with a label schema, an answer or a clause, and checks that every parser here shares."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.text import bad_text, escape_pointer

Question = Mapping[str, Any]
"""One question as it stands in the label schema, its settings beside its name."""


@dataclass(frozen=True)
class Problem:
    """`pointer` says where (`#/answers/tone`), `detail` is a sentence that names the mend, `code` is
    stable.
    """

    pointer: str
    detail: str
    code: str = "invalid"


class SchemaInvalid(ValueError):
    """The label schema or the clauses are not valid; `problems` says why, one by one."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{problem.pointer}: {problem.detail}" for problem in self.problems))


def at(base: str, *steps: str | int) -> str:
    """The JSON pointer `base` followed by `steps`."""
    return "/".join([base, *(escape_pointer(str(step)) for step in steps)])


def quoted(values: Iterable[object], limit: int = 12) -> str:
    """`values` as a readable list, cut after `limit`."""
    shown = [f"“{value}”" for value in values]
    return ", ".join(shown[:limit]) + (f" and {len(shown) - limit} more" if len(shown) > limit else "")


def check_keys(data: Mapping[str, Any], known: Iterable[str], base: str, what: str) -> list[Problem]:
    """A problem for each key of `data` that is not `known`."""
    allowed = tuple(known)
    return [
        Problem(
            at(base, key),
            f"A {what} has no setting “{escape_pointer(str(key))}”; use one of {quoted(allowed)}.",
            "unknown_key",
        )
        for key in data
        if key not in allowed
    ]


def check_text(
    data: Mapping[str, Any],
    key: str,
    base: str,
    *,
    required: bool = True,
    blank: bool = False,
    longest: int = 500,
) -> list[Problem]:
    """Problems of the text under `key`: absent though required, no text, empty, too long, not storable."""
    pointer = at(base, key)
    if key not in data:
        return [Problem(pointer, f"Give a text as “{key}”.", "required")] if required else []
    value = data[key]
    if not isinstance(value, str):
        return [Problem(pointer, f"“{key}” must be a text.", "wrong_type")]
    why = bad_text(value)
    if why:
        return [Problem(pointer, why, "bad_text")]
    if not blank and not value.strip():
        return [Problem(pointer, f"“{key}” must not be empty; write something.", "required")]
    if len(value) > longest:
        return [Problem(pointer, f"“{key}” may have at most {longest} characters; shorten it.", "too_long")]
    return []
