"""The formats there are. A new format is one module beside these and one entry here."""

from intake.readers.base import FileRefused, Reader
from intake.readers.csv import Csv
from intake.readers.json import Json
from intake.readers.jsonl import Jsonl
from intake.readers.tsv import Tsv

READERS: dict[str, Reader] = {reader.name: reader for reader in (Csv(), Tsv(), Jsonl(), Json())}


def get_reader(name: str) -> Reader:
    """The reader of the format called `name`. Raises FileRefused with code `unsupported_type`."""
    reader = READERS.get(name)
    if reader is None:
        raise FileRefused("unsupported_type", f"This format is not read; use one of {', '.join(READERS)}.")
    return reader
