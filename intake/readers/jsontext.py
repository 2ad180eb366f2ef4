"""JSON values out of foreign text: Python's own parser, with what it waves through reported instead."""

import json
import math
from typing import Any, NoReturn

MAX_DIGITS = 1000
"""Numbers of up to this many digits are kept exactly; longer ones are refused."""


class BadJson(Exception):
    """A text that is no JSON value, or one that cannot be kept exactly. `offset` is where parsing stopped,
    if known.
    """

    def __init__(self, code: str, detail: str, offset: int | None = None) -> None:
        self.code = code
        self.detail = detail
        self.offset = offset
        super().__init__(detail)


class ValueParser:
    """Parses one value at a time and says, without losing its place, what in that value cannot be kept.

    An object that has the same key twice is such a value: which of the two was meant is not ours to guess.
    """

    def __init__(self) -> None:
        self._found: BadJson | None = None
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_int=self._integer,
            parse_float=self._float,
            parse_constant=self._constant,
        )

    def parse(self, text: str, start: int = 0) -> tuple[Any, int, BadJson | None]:
        """The value at `start`, where it ends, and why it must be reported. Raises BadJson where it has no
        end.
        """
        self._found = None
        try:
            value, end = self._decoder.raw_decode(text, start)
        except json.JSONDecodeError as error:
            raise BadJson(
                "malformed_json", f"This is no JSON: {error.msg} at column {error.colno}.", error.pos
            ) from error
        except RecursionError as error:
            raise BadJson("too_deep", "The value nests too deeply; flatten it.") from error
        return value, end, self._found

    def _report(self, code: str, detail: str) -> None:
        if self._found is None:
            self._found = BadJson(code, detail)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) < len(pairs):
            seen: set[str] = set()
            twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
            shown = twice[:100].encode("utf-8", "replace").decode()
            self._report("duplicate_key", f"The name “{shown}” stands twice in one object; keep one.")
        return result

    def _integer(self, digits: str) -> int:
        if len(digits) > MAX_DIGITS:
            self._report("number_out_of_range", f"A number has more than {MAX_DIGITS} digits; send it as text.")
            return 0
        return int(digits)

    def _float(self, digits: str) -> float:
        value = float(digits)
        if not math.isfinite(value):
            self._report("number_out_of_range", "A number is too large to be kept; send it as text.")
            return 0.0
        return value

    def _constant(self, word: str) -> None:
        self._report("not_a_number", f"{word} is no JSON value; use null or leave it out.")


def parse_cell(text: str) -> Any:
    """The JSON value written in one cell. Raises BadJson."""
    parser = ValueParser()
    begin = len(text) - len(text.lstrip(" \t\r\n"))
    value, end, problem = parser.parse(text, begin)
    if problem is not None:
        raise problem
    if text[end:].strip(" \t\r\n"):
        _trailing(end)
    return value


def _trailing(offset: int) -> NoReturn:
    raise BadJson("malformed_json", "After the JSON value there is more text; remove it.", offset)
