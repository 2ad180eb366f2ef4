"""What a person may set for himself: keys, breaks, going on by itself. Pure: no database, no request.

The actions and their keys are one table, `keys.json`, that the labeling page is built with too.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import FieldError

BREAK_MINUTES = (0, 30, 40, 50, 60, 90)
"""After how long without a pause the labeling page speaks of one; 0 = never."""

NAMED_KEYS = (
    "Enter", "Delete", "Insert", "Home", "End", "PageUp", "PageDown", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown",
    "F2", "F4", "F6", "F7", "F8", "F9", "F10",
)  # fmt: skip
ARROWS = {"ArrowLeft": "←", "ArrowRight": "→", "ArrowUp": "↑", "ArrowDown": "↓"}
MODIFIERS = ("Ctrl", "Alt", "Shift")
OF_THE_BROWSER = frozenset({"Ctrl+N", "Ctrl+T", "Ctrl+W", "Ctrl+Q", "Ctrl+R", "Ctrl+L", "Ctrl+P", "Ctrl+F"})
FIXED = frozenset({"back"})
"""Esc is what browsers themselves close a dialog with."""


@dataclass(frozen=True)
class KeyAction:
    """One thing that a key does. The first key is the one printed, and the one a person may change."""

    id: str
    keys: tuple[str, ...]
    title: str
    scope: str
    in_text: bool


def _read_actions() -> tuple[KeyAction, ...]:
    rows = json.loads(Path(__file__).with_name("keys.json").read_text(encoding="utf-8"))
    return tuple(
        KeyAction(row["id"], tuple(row["keys"]), row["title"], row.get("scope", ""), row.get("inText", False))
        for row in rows
    )


ACTIONS = _read_actions()
BY_ID = {action.id: action for action in ACTIONS}
DEFAULTS: dict[str, Any] = {"single_keys": True, "keys": {}, "break_minutes": 50, "auto_advance": False}


def read_preferences(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The preferences in force: what is stored, and the default for the rest."""
    found = DEFAULTS | {name: stored[name] for name in DEFAULTS if name in stored}
    # an action may have gone, or got another key, since it was stored
    found["keys"] = {id_: key for id_, key in found["keys"].items() if id_ in BY_ID}
    return found


def printed_key(key: str) -> str:
    """A key as it is written on a control: arrows are drawn."""
    head, plus, last = key.rpartition("+") if len(key) > 1 else ("", "", key)
    return head + plus + ARROWS.get(last, last)


def tidy_key(text: str) -> str:
    """A key as the table writes it: `ctrl + x` is `Ctrl+X`."""
    text = re.sub(r"\s*\+\s*(?=.)", "+", text.strip())
    head, plus, last = text.rpartition("+") if len(text) > 1 and not text.endswith("+") else ("", "", text)
    if text.endswith("++"):
        head, plus, last = text[:-2], "+", "+"
    pressed = {word.strip().capitalize() for word in head.split("+") if word}
    names = {name.lower(): name for name in NAMED_KEYS} | {drawn: name for name, drawn in ARROWS.items()}
    last = names.get(last.lower(), last.upper() if len(last) == 1 else last)
    order = [m for m in MODIFIERS if m in pressed] + sorted(pressed - set(MODIFIERS))
    return "+".join([*order, last]) if plus else last


def problem_of_key(key: str) -> str | None:
    """Why this cannot be a key, as a sentence, or None."""
    *pressed, last = key.split("+") if not key.endswith("++") else [*key[:-2].split("+"), "+"]
    if key == "+":
        pressed, last = [], "+"
    if any(name not in MODIFIERS for name in pressed) or (len(last) != 1 and last not in NAMED_KEYS):
        return f"“{key}” is no key. Give one letter or sign, if you like with Ctrl or Alt before it, such as Ctrl+X."
    if last.isspace() or not last.isprintable():
        return "The space bar scrolls the page and presses buttons. Choose another key."
    if last.isdigit():
        return "Digits pick options. Choose another key."
    if key in OF_THE_BROWSER:
        return f"{key} belongs to the browser. Choose another key."
    if pressed == ["Shift"] and len(last) == 1:
        return f"Shift types another sign. Give “{last}” alone, or add Ctrl or Alt."
    return None


def keys_in_force(action: KeyAction, chosen: Mapping[str, str]) -> tuple[str, ...]:
    return (chosen[action.id], *action.keys[1:]) if action.id in chosen else action.keys


def check_keys(chosen: Mapping[str, str]) -> list[FieldError]:
    """What is wrong with a person's own keys: no key at all, or one that another action has."""
    errors = []
    for id_, key in chosen.items():
        pointer = f"#/keys/{id_}"
        if id_ not in BY_ID or id_ in FIXED:
            errors.append(FieldError(pointer, "There is no action of this name whose key could be changed."))
        elif problem := problem_of_key(key):
            errors.append(FieldError(pointer, problem))
        elif BY_ID[id_].in_text and not key.startswith(("Ctrl+", "Alt+")):
            errors.append(FieldError(pointer, "This key is heard inside text fields too, so it needs Ctrl or Alt."))
        elif other := _who_has(key, id_, chosen):
            errors.append(FieldError(pointer, f"“{key}” is the key of “{other.title}” already."))
    return errors


def may_meet(one: KeyAction, other: KeyAction) -> bool:
    """Whether both may be meant by one press. What belongs to different kinds of question does not meet."""
    return one.scope == other.scope or not one.scope or not other.scope


def _who_has(key: str, id_: str, chosen: Mapping[str, str]) -> KeyAction | None:
    for action in ACTIONS:
        if (
            action.id != id_
            and may_meet(BY_ID[id_], action)
            and key.lower() in {taken.lower() for taken in keys_in_force(action, chosen)}
        ):
            return action
    return None


def check_preferences(changes: Mapping[str, Any]) -> list[FieldError]:
    """What is wrong with a change of preferences: names, kinds of value, keys."""
    errors = [FieldError(f"#/{name}", "This is no preference.") for name in changes if name not in DEFAULTS]
    switches = [name for name in ("single_keys", "auto_advance") if not isinstance(changes.get(name, True), bool)]
    errors += [FieldError(f"#/{name}", "Give true or false.") for name in switches]
    minutes = changes.get("break_minutes", 0)
    if isinstance(minutes, bool) or minutes not in BREAK_MINUTES:
        words = ", ".join(str(number) for number in BREAK_MINUTES[1:])
        errors.append(FieldError("#/break_minutes", f"Give {words} minutes, or 0 for never."))
    keys = changes.get("keys", {})
    if not isinstance(keys, dict) or not all(isinstance(key, str) and len(key) <= 40 for key in keys.values()):
        errors.append(FieldError("#/keys", "Give an object of action and key."))
    return errors
