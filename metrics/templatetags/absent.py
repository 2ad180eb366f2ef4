"""The word in the place of a figure that is not there."""

from django import template

from metrics.words import absent_word

register = template.Library()


@register.filter
def absent(reason: str | None) -> str:
    """`undefined` where no figure exists, `withheld` where there is too little for one; `reason` as rows hold it."""
    return absent_word(reason)
