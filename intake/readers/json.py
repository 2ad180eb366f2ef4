"""One JSON document: an array of objects, or an object of records."""

import re
from collections.abc import Iterator
from pathlib import Path

from intake.readers.base import FileRefused, Row, RowProblem, checked
from intake.readers.bytestream import whole_text
from intake.readers.jsontext import BadJson, ValueParser

RECORD_KEY = "$key"
"""Where the key of a record stands in its row."""
_SPACE = re.compile(r"[ \t\r\n]*")


class Json:
    """A record that is no object, or that cannot be kept exactly, is reported; a document that cannot be
    parsed is refused. The second of two records under one key is reported."""

    name = "json"

    def columns(self, path: Path) -> None:
        return None

    def read(self, path: Path) -> Iterator[Row | RowProblem]:
        yield from _Document(whole_text(path)).rows()


class _Document:
    """A cursor over the text: values are parsed one by one, so each has its line and only one is held."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._counted = 0
        self._parser = ValueParser()

    def rows(self) -> Iterator[Row | RowProblem]:
        opening = self._peek()
        if opening not in ("[", "{"):
            raise FileRefused("malformed_json", "The document must be an array of objects or an object of records.")
        self._at += 1
        closing = "]" if opening == "[" else "}"
        seen: set[str] = set()
        if self._peek() == closing:
            self._at += 1
        else:
            more = True
            while more:
                yield self._record(seen, keyed=opening == "{")
                more = self._expect("," + closing) == ","
        if self._peek():
            self._refuse("After the end of the document there is more text")

    def _record(self, seen: set[str], *, keyed: bool) -> Row | RowProblem:
        self._peek()
        line = self._line_here()
        key: str | None = None
        if keyed:
            if self._peek() != '"':
                self._refuse("A record must begin with its key in double quotes")
            key = str(self._value()[0])
            self._expect(":")
            self._peek()
        value, problem = self._value()
        if problem is not None:
            return RowProblem(line, "#", problem.code, problem.detail)
        if key is not None and key in seen:
            return RowProblem(line, "#", "duplicate_key", "An earlier record has the same key; keep one.")
        if not isinstance(value, dict):
            return RowProblem(line, "#", "not_an_object", "A record must be an object {name: value}.")
        if key is not None:
            seen.add(key)
            value = {**value, RECORD_KEY: key}
        return checked(Row(line, value))

    def _value(self) -> tuple[object, BadJson | None]:
        try:
            value, self._at, problem = self._parser.parse(self._text, self._at)
        except BadJson as bad:
            self._at = bad.offset if bad.offset is not None else self._at
            detail = f"Line {self._line_here()}: the document cannot be read on from here; mend the JSON."
            raise FileRefused(bad.code, detail) from bad
        return value, problem

    def _peek(self) -> str:
        """The next character that is no space, or "" at the end."""
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at
        return self._text[self._at : self._at + 1]

    def _expect(self, characters: str) -> str:
        found = self._peek()
        if not found or found not in characters:
            self._refuse(f"Expected {' or '.join(characters)}")
        self._at += 1
        return found

    def _line_here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = max(self._counted, self._at)
        return self._line

    def _refuse(self, what: str) -> None:
        raise FileRefused("malformed_json", f"Line {self._line_here()}: {what}; mend the JSON.")
