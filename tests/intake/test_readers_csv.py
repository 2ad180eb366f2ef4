"""CSV and TSV: exact text, exact lines, one result for each row."""

import gzip
import json
from pathlib import Path

import pytest

from intake.readers import base
from intake.readers.registry import get_reader
from tests.intake.reading import read, refusal
from tests.paths import shared


def write(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b"a,b\n1,2\n", [(2, {"a": "1", "b": "2"})]),
        (b"a,b\r\n1,2", [(2, {"a": "1", "b": "2"})]),
        (b"a,b\r1,2\r3,4\r", [(2, {"a": "1", "b": "2"}), (3, {"a": "3", "b": "4"})]),
        (b"\xef\xbb\xbfa,b\n,\n", [(2, {"a": "", "b": ""})]),
        (b"a\n\n x \n\n\n\"\"\n", [(3, {"a": " x "}), (6, {"a": ""})]),
        (b'a,b\n"1\n2","x ""y"""\n3,4\n', [(2, {"a": "1\n2", "b": 'x "y"'}), (4, {"a": "3", "b": "4"})]),
        (b'a\n"x\r\ny\rz"\nw\n', [(2, {"a": "x\r\ny\rz"}), (5, {"a": "w"})]),
        (b'a\n5" disk\n', [(2, {"a": '5" disk'})]),
        (b"a;b\n1;2\n", [(2, {"a;b": "1;2"})]),
        ("a\ne\u0301\u2028\u00e9\U0001f600\n".encode(), [(2, {"a": "e\u0301\u2028\u00e9\U0001f600"})]),
        (b"a,b\n1\n1,2,3\n4,5\n", [(2, "ragged_row"), (3, "ragged_row"), (4, {"a": "4", "b": "5"})]),
        (b'a,b\n"1"x,2\n3,4\n', [(2, "malformed_row"), (3, {"a": "3", "b": "4"})]),
        (b"a\nx\xffy\nz\n", [(2, "not_utf8"), (3, {"a": "z"})]),
        (b"a\nx\x00y\nz\n", [(2, "bad_text"), (3, {"a": "z"})]),
        (b"a\n\xed\xa0\x80\n", [(2, "not_utf8")]),
        (b"a,b\n", []),
    ],
)  # fmt: skip
def test_csv_reads_each_row_once(tmp_path: Path, data: bytes, rows: list[object]) -> None:
    path = write(tmp_path, data)
    assert read(path, "csv") == rows
    path.write_bytes(gzip.compress(data))
    assert read(path, "csv") == rows


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"\n\n", "empty_file"),
        (b"a,a\n1,2\n", "duplicate_column"),
        (b"a,\xff\n", "not_utf8"),
        (b"a\x00bcdef,b\n", "bad_text"),
        (b'"a"b,c\n', "malformed_row"),
        (b'a,b\n1,2\n3,"open\n4,5\n', "unclosed_quote"),
        ("a,b\n1,2\n".encode("utf-16"), "not_utf8"),
        ("a,b\n1,2\n".encode("utf-16-le"), "not_utf8"),
        ("a,b\n1,2\n".encode("utf-16-be"), "not_utf8"),
        (b"PK\x03\x04....", "unsupported_type"),
        (gzip.compress(gzip.compress(b"a\n1\n")), "unsupported_type"),
        (gzip.compress(b"a\n1\n")[:-6], "damaged_gzip"),
        (b"\x1f\x8b nothing", "damaged_gzip"),
    ],
)
def test_csv_refuses_with_a_reason(tmp_path: Path, data: bytes, code: str) -> None:
    assert refusal(write(tmp_path, data), "csv") == code


def test_csv_keeps_long_cells_and_refuses_longer_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "x" * 300_000
    assert read(write(tmp_path, f"a\n{text}\n".encode()), "csv") == [(2, {"a": text})]
    monkeypatch.setattr("intake.readers.bytestream.MAX_LINE_BYTES", 100_000)
    assert refusal(tmp_path / "file", "csv") == "line_too_long"


def test_csv_refuses_a_bomb_while_it_unpacks(tmp_path: Path) -> None:
    path = write(tmp_path, gzip.compress(b"a\n" + (b"0" * 1000 + b"\n") * 20_000))
    rows = get_reader("csv").read(path)
    with pytest.raises(base.FileRefused) as caught:
        list(rows)
    assert caught.value.code == "too_large"


@pytest.mark.parametrize("name", ["empty", "newlines_crlf", "simple"])
def test_csv_reads_the_spectrum(tmp_path: Path, name: str) -> None:
    expected = json.loads(shared("badinput", "csv-spectrum", "json", f"{name}.json").read_text("utf-8"))
    data = shared("badinput", "csv-spectrum", "csvs", f"{name}.csv").read_bytes()
    if name.endswith("_crlf"):  # the copy lost its carriage returns on the way, the expected rows have them
        data = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    rows = read(write(tmp_path, data), "csv")
    assert [data for _, data in rows] == expected


@pytest.mark.parametrize(
    "suite", ["csvkit", "csv-parser", "commons-csv", "frictionless", "arrow-csv-fuzz", "bombs", "csv-injection"]
)
def test_table_readers_survive_foreign_files(suite: str) -> None:
    for path in sorted(shared("badinput", suite).rglob("*")):
        if path.is_file():
            for kind in ("csv", "tsv"):
                assert refusal(path, kind) == refusal(path, kind)


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b'a\tb\n"1\t2"\r\n', [(2, {"a": '"1', "b": '2"'})]),
        (b"a\tb\n\n1\n\t\n", [(3, "ragged_row"), (4, {"a": "", "b": ""})]),
        (b"a\n\xff\nx\ry\n", [(2, "not_utf8"), (3, {"a": "x\ry"})]),
    ],
)
def test_tsv_has_no_quoting(tmp_path: Path, data: bytes, rows: list[object]) -> None:
    assert read(write(tmp_path, data), "tsv") == rows


def test_tsv_refuses_an_empty_file(tmp_path: Path) -> None:
    assert refusal(write(tmp_path, b""), "tsv") == "empty_file"


@pytest.mark.parametrize(("kind", "data"), [("csv", b'"a","b c"\n1,2\n'), ("tsv", b"\na\tb c\n")])
def test_columns_are_the_header(tmp_path: Path, kind: str, data: bytes) -> None:
    path = write(tmp_path, data)
    assert get_reader(kind).columns(path) == ["a", "b c"]
    path.write_bytes(b"")
    with pytest.raises(base.FileRefused):
        get_reader(kind).columns(path)


def test_registry_names_the_formats() -> None:
    with pytest.raises(base.FileRefused) as caught:
        get_reader("xlsx")
    assert caught.value.code == "unsupported_type"
    assert "csv, tsv, jsonl, json" in caught.value.detail
