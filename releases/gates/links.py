"""Where a failing gate can be mended."""

from django.urls import reverse

PAGES = {"schema": "items", "cases_decided": "cases", "stale_share": "guideline", "alpha_lower": "agreement"}


def gate_link(name: str, slug: str) -> str | None:
    page = PAGES.get(name.partition(":")[0])
    return reverse(page, args=[slug]) if page else None
