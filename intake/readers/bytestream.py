"""Opening a foreign file: plain or gzip by content, counted while it unpacks, as lines of text."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from intake.readers.base import (
    MAX_DOCUMENT_BYTES,
    MAX_LINE_BYTES,
    MAX_RATIO,
    MAX_UNPACKED_BYTES,
    RATIO_FREE_BYTES,
    FileRefused,
)

_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_OTHER_FORMATS = {
    b"PK\x03\x04": "a zip archive",
    b"PK\x05\x06": "a zip archive",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ\x00": "an xz file",
    b"\x28\xb5\x2f\xfd": "a zstandard file",
    b"PAR1": "a Parquet file",
    b"%PDF-": "a PDF file",
    b"\x89PNG": "an image",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
}
_CHUNK = 256 * 1024


class _Counted:
    """Reads through a file and refuses it when it grows beyond what its size on disk can honestly hold."""

    def __init__(self, raw: BinaryIO, packed_bytes: int | None) -> None:
        self._raw = raw
        self._packed = packed_bytes
        self._total = 0

    def count(self, data: bytes) -> bytes:
        self._total += len(data)
        bomb = (
            self._packed is not None
            and self._total > RATIO_FREE_BYTES
            and self._total > MAX_RATIO * max(self._packed, 1)
        )
        if bomb or self._total > MAX_UNPACKED_BYTES:
            raise FileRefused("too_large", "The file unpacks to more than is taken; split it into smaller files.")
        return data

    def read(self, size: int) -> bytes:
        return self.count(self._raw.read(size))

    def line(self) -> bytes:
        return self.count(self._raw.readline(MAX_LINE_BYTES + 1))


@contextmanager
def _open(path: Path) -> Iterator[tuple[_Counted, bytes]]:
    """The file and its first bytes, which are consumed already and hold no byte order mark."""
    with path.open("rb") as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        counted = _Counted(gzip.GzipFile(fileobj=raw), path.stat().st_size) if packed else _Counted(raw, None)  # type: ignore[arg-type]
        try:
            yield counted, _check_start(counted.read(16), packed=packed)
        except (gzip.BadGzipFile, EOFError, zlib.error) as damage:
            raise FileRefused("damaged_gzip", "The gzip file is damaged or cut off; pack it again.") from damage


def _check_start(start: bytes, *, packed: bool) -> bytes:
    if packed and start.startswith(_GZIP):
        raise FileRefused("unsupported_type", "The gzip file holds another gzip file; pack it once.")
    for magic, what in _OTHER_FORMATS.items():
        if start.startswith(magic):
            raise FileRefused("unsupported_type", f"This is {what}, not the format that was named.")
    if start.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")) or _looks_like_utf16(start):
        raise FileRefused("not_utf8", "The file is UTF-16 or UTF-32; save it as UTF-8.")
    return start.removeprefix(_BOM)


def _looks_like_utf16(start: bytes) -> bool:
    """Latin text in UTF-16 without a mark: every second byte is zero."""
    if len(start) < 4:
        return False
    even, odd = start[0:4:2], start[1:4:2]
    return (not any(even) and all(odd)) or (not any(odd) and all(even))


def _split(block: bytes) -> Iterator[bytes]:
    begin = 0
    while (end := block.find(b"\n", begin)) >= 0:
        yield block[begin : end + 1]
        begin = end + 1
    if begin < len(block):
        yield block[begin:]


def text_lines(path: Path) -> Iterator[str]:
    """The physical lines of the file, each with its line end, ended by LF alone.

    Bytes that are no UTF-8 come as lone surrogates (which UTF-8 itself never yields), so that a reader can
    report the one row that holds them: see `is_utf8`.
    """
    with _open(path) as (counted, start):
        *whole, rest = [*_split(start), b""] if start.endswith(b"\n") else list(_split(start)) or [b""]
        for line in whole:
            yield line.decode("utf-8", "surrogateescape")
        while line := counted.line():
            full, rest = rest + line, b""
            if len(full) > MAX_LINE_BYTES:
                raise FileRefused("line_too_long", f"A line is longer than {MAX_LINE_BYTES} bytes; shorten it.")
            yield full.decode("utf-8", "surrogateescape")
        if rest:
            yield rest.decode("utf-8", "surrogateescape")


def is_utf8(text: str) -> bool:
    """Whether a text of `text_lines` was valid UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def whole_text(path: Path) -> str:
    """The file as one text, for formats that are one document. Raises FileRefused where it is too large or
    no UTF-8.
    """
    with _open(path) as (counted, start):
        parts = [start]
        size = len(start)
        while chunk := counted.read(_CHUNK):
            parts.append(chunk)
            size += len(chunk)
            if size > MAX_DOCUMENT_BYTES:
                detail = f"A JSON document takes at most {MAX_DOCUMENT_BYTES} bytes; use jsonl for more."
                raise FileRefused("too_large", detail)
    try:
        return b"".join(parts).decode("utf-8")
    except UnicodeDecodeError as damage:
        detail = f"The file is not valid UTF-8 at byte {damage.start}; save it as UTF-8."
        raise FileRefused("not_utf8", detail) from damage
