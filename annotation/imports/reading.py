"""From a stored upload to mapped rows, and what its columns tell beside them."""

import time
from collections.abc import Callable, Iterator

from annotation.imports.uploads import path_of
from guidelines.schema.schema import LabelSchema
from intake.apply import Mapped, apply_mapping
from intake.fields import FieldSpec
from intake.mapping import ImportMapping
from intake.models import Import
from intake.readers.base import Row, RowProblem
from intake.readers.json import RECORD_KEY
from intake.readers.registry import get_reader
from intake.repeats import settle_repeats

CHUNK = 1000
MOST_NAMES = 200
PATIENCE = 5.0
"""Seconds of reading after which a sign of life is given, where a pass over the file yields no rows."""


class Reading:
    """One pass through the file of an import. `names` are the columns met so far."""

    def __init__(self, source: Import, mapping: ImportMapping, schema: LabelSchema | None) -> None:
        self._source, self._mapping, self._schema = source, mapping, schema
        self._specs = FieldSpec.from_data(source.project.fields)
        self._path, self._reader = path_of(source.stored_as), get_reader(source.format)
        self.names: dict[str, None] = {}

    def chunks(self, alive: Callable[[], None]) -> Iterator[list[Mapped | RowProblem]]:
        """Results in lists of at most `CHUNK`; `alive` is called every few seconds. Raises FileRefused."""
        columns = self._reader.columns(self._path)
        self._notice(columns or ())

        def rows() -> Iterator[Mapped | RowProblem]:
            return apply_mapping(
                self._watched(alive), self._mapping, self._specs, self._schema,
                file_hash=self._source.sha256, columns=columns,
            )  # fmt: skip

        chunk: list[Mapped | RowProblem] = []
        for result in settle_repeats(rows, self._mapping):
            chunk.append(result)
            if len(chunk) == CHUNK:
                yield chunk
                chunk = []
        if chunk:
            yield chunk

    def _watched(self, alive: Callable[[], None]) -> Iterator[Row | RowProblem]:
        last = time.monotonic()
        for row in self._reader.read(self._path):
            if isinstance(row, Row) and len(self.names) < MOST_NAMES:
                self._notice(row.data)
            yield row
            if time.monotonic() - last > PATIENCE:
                alive()
                last = time.monotonic()

    def _notice(self, names: object) -> None:
        for name in names:  # type: ignore[attr-defined]  # any iterable of column names
            if len(self.names) >= MOST_NAMES:
                return
            self.names.setdefault(name)

    def drift(self) -> list[dict[str, str]]:
        """Columns of the file that nothing was mapped to, and declared fields that no column fills."""
        mapping, declared = self._mapping, [spec.name for spec in self._specs]
        used = {*mapping.columns, *(declared if mapping.fields is None else ())}
        roots = {column.split(".", 1)[0] for column in used}
        met = [name for name in self.names if name != RECORD_KEY]
        filled = set(met) if mapping.fields is None else set(mapping.fields)
        return [
            *({"column": name[:200], "change": "unmapped"} for name in met if name not in used | roots),
            *({"column": name, "change": "missing"} for name in declared if name not in filled),
        ]
