"""What Markdown becomes: the structure of the standard, and nothing that acts."""

import html
import json
import re
import time
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest

from core.markdown import ATTRIBUTES, TAGS, page_markdown, render_markdown
from tests.paths import shared


class Nodes(HTMLParser):
    """Collects elements, attributes and text of a document."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.others: list[str] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def handle_decl(self, decl: str) -> None:
        self.others.append(decl)

    handle_pi = unknown_decl = handle_decl

    def text(self) -> str:
        return re.sub(r"\s+", "", "".join(self.words))


def forbidden(document: str) -> list[object]:
    nodes = Nodes(document)
    found: list[object] = [tag for tag in nodes.tags if tag not in TAGS] + list(nodes.others)
    for tag, name, value in nodes.attributes:
        allowed = name in ATTRIBUTES.get(tag, set()) or (tag, name) == ("a", "rel")
        plain = re.sub(r"[\x00-\x20]", "", unquote(html.unescape(value))).lower()
        acts = name in {"href", "src"} and re.match(r"(java|vb|live)script:|data:(?!image/(png|jpeg|webp|gif);)", plain)
        if not allowed or acts:
            found.append((tag, name, value))
        if (tag, name) == ("img", "src") and re.match(r"https?:|//|\\\\", plain):
            found.append((tag, name, value))
    links = sum(1 for tag, name, value in nodes.attributes if (tag, name) == ("a", "rel") and "noopener" in value)
    return found if links == nodes.tags.count("a") else [*found, "a link without rel"]


def payloads() -> list[str]:
    folder = shared("badinput", "markdown-xss")
    texts: list[str] = []
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".json":
            texts += [_payload(entry) for entry in json.loads(path.read_text("utf-8"))]
        elif path.suffix == ".txt":
            texts.append(path.read_text("utf-8"))
            texts += path.read_text("utf-8").split("\n.\n")
    return texts


def _payload(entry: object) -> str:
    if isinstance(entry, dict):
        return str(entry.get("payload") or entry.get("markdown") or entry)
    return str(entry)


def test_no_payload_leaves_a_forbidden_node() -> None:
    texts = payloads()
    assert len(texts) > 200
    for text in texts:
        for variant in (text, f"[x]({text})", f"![x]({text})", f"<{text}>", f"```{text}\nx\n```", f"> {text}"):
            assert forbidden(render_markdown(variant)) == [], variant
            assert forbidden(page_markdown(variant)) == [], variant


def test_the_structure_is_that_of_the_standard() -> None:
    """Every example of the CommonMark specification that holds no raw HTML."""
    examples = json.loads(shared("badinput", "markdown-xss", "commonmark-spec.json").read_text("utf-8"))
    compared = 0
    for example in examples:
        expected = Nodes(example["html"])
        if "HTML" in example.get("section", "") or re.search(r"<[a-zA-Z!?/](?![^>\s]*[:@])", example["markdown"]):
            continue
        made = Nodes(render_markdown(example["markdown"]))
        assert (made.tags, made.text()) == (expected.tags, expected.text()), example["markdown"]
        compared += 1
    assert compared > 100


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("**a** <b onclick=x>", "<p><strong>a</strong> &lt;b onclick=x&gt;</p>"),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>"),
        ("[a](https://b.example)", '<p><a href="https://b.example" rel="nofollow noopener">a</a></p>'),
        ("![seen <b>](https://b.example/c.png)", "<p>seen &lt;b&gt;</p>"),
        ("![seen](//b.example/c.png)", "<p>seen</p>"),
        ("![ok](data:image/png;base64,AAAA)", '<p><img src="data:image/png;base64,AAAA" alt="ok"></p>'),
        ("![no](data:image/svg+xml;base64,AAAA)", "<p>![no](data:image/svg+xml;base64,AAAA)</p>"),
        ("```x-y hx-get=1\n<i>\n```", "<pre><code>&lt;i&gt;\n</code></pre>"),
        ("", ""),
    ],
)
def test_texts(text: str, made: str) -> None:
    assert render_markdown(text) == made


def test_headings_stand_below_those_of_the_page() -> None:
    assert render_markdown("# a") == "<h1>a</h1>"
    assert page_markdown("# a\n\n###### b") == "<h4>a</h4>\n<h6>b</h6>"
    assert page_markdown("`<h1>`") == "<p><code>&lt;h1&gt;</code></p>"


@pytest.mark.parametrize(
    "text",
    ["[" * 20_000, ">" * 20_000, "*a **b " * 5_000, "![" * 10_000, "`" * 20_001, "|a" * 9_000],
    ids=["brackets", "quotes", "stars", "images", "ticks", "cells"],
)
def test_nesting_without_end_is_quick(text: str) -> None:
    started = time.monotonic()
    render_markdown(text)
    assert time.monotonic() - started < 2
