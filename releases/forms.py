"""Forms of releases and of the contract."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from releases.contract.checks import AskedGate, asked_gates
from releases.contract.document import ENGINE
from releases.gates.registry import GATES


class CutForm(forms.Form):
    version = forms.CharField(max_length=40, label="Version")
    note = forms.CharField(
        max_length=10_000, required=False, label="What is in it and why",
        widget=forms.Textarea(attrs={"rows": 4}), help_text="It travels with the release, in its card and changelog.",
    )  # fmt: skip


class WithdrawForm(forms.Form):
    reason = forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 3}), label="Why")
    successor = forms.CharField(max_length=40, required=False, label="Use this release instead")


class ContractForm(forms.Form):
    """The thresholds of the gates; an empty one of a question means that it is not checked.

    `questions` are their names with their titles, `targets` what the project aims at in those that have one.
    """

    stale_share = forms.FloatField(
        min_value=0, max_value=1, required=False, label="Share of labels under a changed clause, at most",
        help_text="0 lets none through. Empty: not checked.",
    )  # fmt: skip
    cases_decided = forms.BooleanField(required=False, label="Every disagreement must be decided")

    def __init__(
        self, data: Any = None, *, document: Mapping[str, Any], questions: Mapping[str, str],
        targets: Mapping[str, float] | None = None,
    ) -> None:  # fmt: skip
        asked = {gate.name: gate for gate in asked_gates(document)}
        super().__init__(data, initial=_initial(asked, questions))
        self.document, self.questions = document, questions
        for name, title in questions.items():
            self.fields[f"alpha_{name}"] = forms.FloatField(
                min_value=-1, max_value=1, required=False, label=f"“{title}”: lower end of alpha, at least",
                help_text=_limit_help((targets or {}).get(name)),
            )  # fmt: skip

    def changed_document(self) -> dict[str, Any]:
        """The contract with the thresholds of the form; everything else stays as it is."""
        document = copy.deepcopy(dict(self.document))
        data = self.cleaned_data
        wanted: list[dict[str, Any]] = [{"metric": "schema"}]
        if data["cases_decided"]:
            wanted.append({"metric": "cases_decided", "mustBe": 1})
        if data["stale_share"] is not None:
            wanted.append({"metric": "stale_share", "mustBeLessOrEqualTo": data["stale_share"]})
        for name in self.questions:
            if data[f"alpha_{name}"] is not None:
                threshold = data[f"alpha_{name}"]
                wanted.append({"metric": "alpha_lower", "question": name, "mustBeGreaterOrEqualTo": threshold})
        for table in document["schema"]:
            table["quality"] = [rule for rule in table.get("quality", []) if rule.get("engine") != ENGINE]
        table = next(table for table in document["schema"] if table["name"] == "items")
        table["quality"] += [{"type": "custom", "engine": ENGINE, "implementation": gate} for gate in wanted]
        return document


def _limit_help(target: float | None) -> str:
    if target is None:
        return "Empty: not checked. 0.667 is a usual lower limit, 0.8 a good one."
    return f"Empty: not checked. The target of this question is {target:g}; consumers are promised what stands here."


def _initial(asked: Mapping[str, AskedGate], questions: Iterable[str]) -> dict[str, Any]:
    stale = asked.get("stale_share")
    found: dict[str, Any] = {
        "cases_decided": "cases_decided" in asked,
        "stale_share": stale.threshold if stale else None,
    }
    for name in questions:
        gate = asked.get(f"alpha_lower:{name}")
        found[f"alpha_{name}"] = gate.threshold if gate else None
    return found


_OPERATORS = {
    "mustBe": "exactly", "mustNotBe": "not", "mustBeGreaterThan": "more than", "mustBeGreaterOrEqualTo": "at least",
    "mustBeLessThan": "less than", "mustBeLessOrEqualTo": "at most", "mustBeBetween": "between",
    "mustNotBeBetween": "not between",
}  # fmt: skip


def in_words(operator: str) -> str:
    """An operator of ODCS as people read it."""
    return _OPERATORS.get(operator, operator)


def shown_gates(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The gates of a contract as people read them."""
    return [
        {
            "name": gate.name, "title": GATES[gate.metric].title, "operator": in_words(gate.operator),
            "threshold": gate.threshold,
        }
        for gate in asked_gates(document)
    ]  # fmt: skip
