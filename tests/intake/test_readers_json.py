"""JSON lines and JSON documents: what Python waves through is reported."""

from pathlib import Path

import pytest

from intake.readers.base import RowProblem
from intake.readers.registry import get_reader
from tests.intake.reading import read, refusal
from tests.paths import shared

OWN = ("badinput", "jsonl-own")


@pytest.mark.parametrize(
    ("line", "result"),
    [
        (b'{"a": 9007199254740993}', {"a": 9007199254740993}),
        (b'{"a": "e\\u0301", "b": null, "c": [true, 1.5]}', {"a": "e\u0301", "b": None, "c": [True, 1.5]}),
        (b'  {"$where": 1}\r', {"$where": 1}),
        (b'{"a": NaN}', "not_a_number"),
        (b'{"a": -Infinity}', "not_a_number"),
        (b'{"a": 1e999}', "number_out_of_range"),
        (b'{"a": ' + b"9" * 5000 + b"}", "number_out_of_range"),
        (b'{"a": "x\\u0000"}', "bad_text"),
        (b'{"x\\u0000": 1}', "bad_text"),
        (b'{"a": "x\x00"}', "malformed_json"),
        (b'{"a": ["\\ud800"]}', "bad_text"),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (b'{"a": "\xff"}', "not_utf8"),
        (b'{"a": 1, "a": 2}', "duplicate_key"),
        (b'{"a": {"b": 1, "b": 1}}', "duplicate_key"),
        (b'{"a": ' + b"[" * 20_000 + b"]" * 20_000 + b"}", "too_deep"),
        (b'{"a": ' + b"[" * 150 + b"]" * 150 + b"}", "too_deep"),
        (b"[1]", "not_an_object"),
        (b"3", "not_an_object"),
        (b'{"a": 1} x', "malformed_json"),
        (b'{"a": 1,}', "malformed_json"),
        (b"// x", "malformed_json"),
    ],
)
def test_jsonl_keeps_or_reports_each_line(tmp_path: Path, line: bytes, result: object) -> None:
    path = tmp_path / "file"
    path.write_bytes(b'{"n": 1}\n\n' + line + b'\n{"n": 2}')
    assert read(path, "jsonl") == [(1, {"n": 1}), (3, result), (4, {"n": 2})]


def test_jsonl_shows_only_the_beginning_of_a_long_name(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text('{"' + "x" * 9000 + '\\u0000": 1}', "utf-8")
    (problem,) = get_reader("jsonl").read(path)
    assert isinstance(problem, RowProblem)
    assert len(problem.pointer) == 500


@pytest.mark.parametrize(
    ("name", "kept", "reported"),
    [
        ("02-crlf.jsonl", 2, []),
        ("05-truncated-last-line.jsonl", 2, [3]),
        ("08-nan-infinity.jsonl", 1, [1, 2, 3]),
        ("11-nul.jsonl", 1, [1, 2]),
        ("17-many-keys.jsonl", 1, []),
        ("20-long-line.jsonl.gz", 2, []),
        ("23-only-newlines.jsonl", 0, []),
        ("26-comments.jsonl", 1, [1, 2]),
        ("29-50k-lines-one-bad.jsonl.gz", 49_999, [50_000]),
    ],
)
def test_jsonl_reads_the_edge_cases(name: str, kept: int, reported: list[int]) -> None:
    rows = read(shared(*OWN, name), "jsonl")
    assert [line for line, data in rows if isinstance(data, str)] == reported
    assert len(rows) - len(reported) == kept


def test_jsonl_refuses_utf16() -> None:
    assert refusal(shared(*OWN, "14-utf16le-bom.jsonl"), "jsonl") == "not_utf8"


@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_records_have_no_common_columns(tmp_path: Path, kind: str) -> None:
    assert get_reader(kind).columns(tmp_path) is None


@pytest.mark.parametrize(
    ("document", "rows"),
    [
        (b"[]", []),
        (b" {} ", []),
        (b'[{"a": 1},\n {"a": 2}]\n', [(1, {"a": 1}), (2, {"a": 2})]),
        (b'{"x": {"a": 1},\n "y":\n {"a": 2}}', [(1, {"a": 1, "$key": "x"}), (2, {"a": 2, "$key": "y"})]),
        (b'\xef\xbb\xbf[{"a": NaN}, 3,\n{"a": "\\u0000"}]',
         [(1, "not_a_number"), (1, "not_an_object"), (2, "bad_text")]),
        (b'{"x": {"a": 1}, "x": {"a": 2}, "\\u0000": {}}',
         [(1, {"a": 1, "$key": "x"}), (1, "duplicate_key"), (1, "bad_text")]),
    ],
)  # fmt: skip
def test_json_reads_arrays_and_records(tmp_path: Path, document: bytes, rows: list[object]) -> None:
    path = tmp_path / "file"
    path.write_bytes(document)
    assert read(path, "json") == rows


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"", "malformed_json"),
        (b"3", "malformed_json"),
        (b'"x"', "malformed_json"),
        (b'[{"a": 1}', "malformed_json"),
        (b'[{"a": 1},]', "malformed_json"),
        (b'[{"a": 1}] x', "malformed_json"),
        (b"{a: {}}", "malformed_json"),
        (b'{"a" {}}', "malformed_json"),
        (b'["\xff"]', "not_utf8"),
        (b"[" * 100_000, "too_deep"),
    ],
)
def test_json_refuses_a_broken_document(tmp_path: Path, document: bytes, code: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(document)
    assert refusal(path, "json") == code


def test_json_refuses_a_document_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake.readers.bytestream.MAX_DOCUMENT_BYTES", 10)
    path = tmp_path / "file"
    path.write_bytes(b'[{"a": "0123456789"}]')
    assert refusal(path, "json") == "too_large"


def test_json_survives_the_test_suite() -> None:
    for path in sorted(shared("badinput", "jsontestsuite").rglob("*.json")):
        for kind in ("json", "jsonl"):
            assert refusal(path, kind) == refusal(path, kind)
