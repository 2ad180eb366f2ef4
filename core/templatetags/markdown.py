"""`{{ text|markdown }}`: Markdown as sanitized HTML."""

from django import template
from django.utils.safestring import SafeString

from core.markdown import page_markdown

register = template.Library()


@register.filter
def markdown(text: object) -> SafeString:
    return page_markdown(str(text or ""))
