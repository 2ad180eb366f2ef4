"""The log in words: no page shows a code where a person would say something."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID

from home.words import gather, told
from tests.paths import REPOSITORY

ACTION = re.compile(r'action="([a-z_]+\.[a-z_]+)"')
ANA, BO = UUID(int=1), UUID(int=2)


def seal(actor, action, minute):
    return SimpleNamespace(
        event=SimpleNamespace(actor=actor, action=action, at=datetime(2026, 1, 1, 0, minute, tzinfo=UTC))
    )


def test_every_action_of_the_product_has_words():
    apps = [path.parent for path in REPOSITORY.glob("*/apps.py")]
    actions = {found for app in apps for file in app.rglob("*.py") for found in ACTION.findall(file.read_text())}
    assert "annotation.created" in actions
    assert {a for a in actions if told(a) == a.replace(".", " ").replace("_", " ")} == set()


def test_what_one_person_repeats_is_one_line():
    seals = [seal(ANA, "case.decided", 4), seal(ANA, "case.decided", 3), seal(BO, "case.decided", 2),
             seal(None, "case.opened", 1), seal(ANA, "case.claimed", 0)]  # fmt: skip
    lines = gather(seals, {ANA: "Ana", BO: "Bo"}, 3)
    told_lines = [(line.who, line.what, line.times) for line in lines]
    assert told_lines == [("Ana", "decided a case", 2), ("Bo", "decided a case", 1), ("Concord", "opened a case", 1)]
    assert lines[0].at.minute == 4
