"""Serving stored bytes: a strong tag, a digest, and ranges for whoever was interrupted."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from core.api.base import plain_request
from core.api.problems import problem_response
from releases.errors import RangeOutside

RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.ASCII)
BLOCK = 1 << 18
TYPES = {
    ".jsonl": "application/jsonl; charset=utf-8", ".json": "application/json", ".md": "text/markdown; charset=utf-8",
    ".yaml": "application/yaml; charset=utf-8", ".csv": "text/csv; charset=utf-8",
}  # fmt: skip


@dataclass(frozen=True)
class Stored:
    """A file, or bytes, with its hash and the name it is saved under."""

    source: Path | bytes
    size: int
    sha256: str
    name: str

    @property
    def content_type(self) -> str:
        return TYPES.get(Path(self.name).suffix, "text/plain; charset=utf-8")


def serve(request: Request, stored: Stored, *, cache: str = "private, max-age=31536000, immutable") -> HttpResponseBase:
    """200, 206 for one range, 304 for who has it, 416 for a range outside."""
    etag = f'"{stored.sha256}"'
    headers = {
        "ETag": etag,
        "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(stored.sha256)).decode()}:",
        "Accept-Ranges": "bytes",
        "Cache-Control": cache,
        "Content-Disposition": f'attachment; filename="{stored.name}"',
        "X-Content-Type-Options": "nosniff",
    }
    tags = {tag.strip() for tag in request.headers.get("If-None-Match", "").split(",")}
    if etag in tags or "*" in tags:
        return HttpResponse(status=304, headers=headers)
    part = _wanted_part(request, stored.size, etag)
    if part == ():
        error = RangeOutside(headers={"Content-Range": f"bytes */{stored.size}", "Accept-Ranges": "bytes"})
        return problem_response(error, plain_request(request))
    first, last = part or (0, stored.size - 1)
    headers["Content-Length"] = str(last - first + 1)
    if part:
        headers["Content-Range"] = f"bytes {first}-{last}/{stored.size}"
    return _answer(request, stored, (first, last), 206 if part else 200, headers)


def _wanted_part(request: Request, size: int, etag: str) -> tuple[int, int] | tuple[()] | None:
    """The one range that is asked for, () where it lies outside, None where the whole is to be sent."""
    header, condition = request.headers.get("Range", ""), request.headers.get("If-Range")
    found = RANGE.fullmatch(header.strip())
    if found is None or found.groups() == ("", "") or (condition and condition != etag):
        return None
    begin, end = found.groups()
    if not begin:
        length = min(int(end), size)
        return (size - length, size - 1) if length else ()
    first, last = int(begin), min(int(end), size - 1) if end else size - 1
    if end and int(end) < int(begin):
        return None
    return (first, last) if first < size else ()


def _answer(
    request: Request, stored: Stored, part: tuple[int, int], status: int, headers: dict[str, str]
) -> HttpResponseBase:
    first, last = part
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers, content_type=stored.content_type)
    if isinstance(stored.source, bytes):
        data = stored.source[first : last + 1]
        return HttpResponse(data, status=status, headers=headers, content_type=stored.content_type)
    if status == 200:
        opened = FileResponse(stored.source.open("rb"), content_type=stored.content_type)
        for name, value in headers.items():
            opened[name] = value
        return opened
    blocks = _blocks(stored.source, first, last)
    return StreamingHttpResponse(blocks, status=status, headers=headers, content_type=stored.content_type)


def _blocks(path: Path, first: int, last: int) -> Iterator[bytes]:
    with path.open("rb") as source:
        source.seek(first)
        left = last - first + 1
        while left and (block := source.read(min(BLOCK, left))):
            left -= len(block)
            yield block
