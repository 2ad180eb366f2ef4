"""Markdown to sanitized HTML. The one module that marks HTML as safe for a page.

Raw HTML in a text is shown as text. What the renderer makes is cleaned once more against a list of tags and
attributes, so that neither a bug of the renderer nor a new rule of it can put anything else on a page.
"""

import re
from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from typing import Any

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p",
    "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto", "data"}
LONGEST = 100_000
_INLINE_IMAGE = re.compile(r"data:image/(?:png|jpeg|webp|gif);base64,[A-Za-z0-9+/=]+", re.ASCII)
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|[/\\]{2}", re.ASCII)
_HEADING = re.compile(r"<(/?)h([1-6])>")


def _may_load(source: str) -> bool:
    """Whether a page may load this image: it comes with the text, or from this server."""
    return bool(_INLINE_IMAGE.fullmatch(source)) or not _ELSEWHERE.match(source.strip())


def _attribute(tag: str, name: str, value: str) -> str | None:
    if (tag, name) == ("img", "src"):
        return value if _may_load(value) else None
    if (tag, name) == ("a", "href") and value.strip().lower().startswith("data:"):
        return None
    return value


class _Renderer(RendererHTML):
    """Shows the words of an image that is not loaded."""

    def image(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:  # the library's signature
        token = tokens[idx]
        if _may_load(str(token.attrs.get("src", ""))):
            return super().image(tokens, idx, options, env)
        return nh3.clean_text(self.renderInlineAsText(token.children, options, env))


_PARSER = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable(["table", "strikethrough"])


@lru_cache(maxsize=4096)
def render_markdown(text: str) -> str:
    """`text` as sanitized HTML. The same text gives the same HTML everywhere: API, page, preview."""
    return nh3.clean(
        _PARSER.render(text[:LONGEST]), tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES,
        attribute_filter=_attribute, link_rel="nofollow noopener", strip_comments=True,
    ).strip()  # fmt: skip


@lru_cache(maxsize=4096)
def page_markdown(text: str) -> SafeString:
    """`text` as HTML for a page, its headings below those of the page (h1 becomes h4)."""
    html = _HEADING.sub(lambda m: f"<{m[1]}h{min(int(m[2]) + 3, 6)}>", render_markdown(text))
    return mark_safe(html)  # noqa: S308  # cleaned above; the only mark_safe of the project
