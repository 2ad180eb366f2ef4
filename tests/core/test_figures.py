"""Numbers on pages."""

import pytest
from django.template import Context, Template

from core.figures import figure

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [(0.5, ".3f", "0.500"), (-0.0161, "+.3f", "\u22120.016"), (0.25, "+.2f", "+0.25"), (-0.0001, "+.3f", "0.000"),
     (-2e-7, ".1g", "\u22122e\u221207"), (0.0, "+.3f", "0.000"), (10.0, "+.0f", "+10")],
)  # fmt: skip
def test_a_true_minus_and_no_sign_on_nothing(value: float, form: str, text: str) -> None:
    assert figure(value, form) == text


@pytest.mark.parametrize(
    ("filters", "value", "text"),
    [("floatformat:3", -0.25, "\u22120.250"), ("floatformat:3", None, ""), ("floatformat:3", "<b>", ""),
     ("signed", 0.25, "+0.250"), ("percent", 0.25, "25.0\u00a0%"), ("percent", 0, "0\u00a0%"),
     ("percent", 1, "100.0\u00a0%"), ("percent", 0.00001, "under 0.1\u00a0%"), ("percent:0", 0.4, "40\u00a0%")],
)  # fmt: skip
def test_the_filters_are_there_in_every_template(filters: str, value: object, text: str) -> None:
    assert Template("{{ value|" + filters + " }}").render(Context({"value": value})) == text
