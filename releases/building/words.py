"""The texts of a release: its card, its changelog, the guideline as Markdown. Nothing here reads a clock."""

from collections.abc import Mapping, Sequence
from typing import Any

from guidelines.models import GuidelineVersion
from metrics.words import absent_word
from releases.models import Release

HARD = (
    "**Hard labels** are in `data/items.jsonl`: one row per item, with the answer that everybody gave or that an "
    "adjudicator decided."
)
HARD_TOO = HARD[:-1] + ", or that the method under Aggregation made of the answers that differed."
SOFT = (
    "**Soft labels** stand beside them as `<question>_dist`: the share of annotators behind each label, in the order "
    "of `label_order`, with `<question>_n`, how many there were. Where several labels may be given there is one "
    "distribution a label: `1` for those who gave it. Of spans, boxes, rankings, numbers and texts the different "
    "answers are listed with their shares."
)
SINGLE = (
    "**Annotator-level rows** are in `annotations/annotations.jsonl`: who gave which answer, under pseudonyms that "
    "are made for this release alone."
)
OLDEST = 50


def _one_line(text: str) -> str:
    return " ".join(text.split())


def number(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def card(
    release: Release, *, counts: Mapping[str, Any], alphas: Mapping[str, Mapping[str, Any]],
    gates: Sequence[Mapping[str, Any]], orders: Mapping[str, Sequence[Any]], versions: Sequence[int],
    unchecked: Sequence[str], aggregation: Sequence[str] = (),
) -> str:  # fmt: skip
    """README.md."""
    lines = [f"# {_one_line(release.requested['name'])} {release.version}", ""]
    if release.note.strip():
        lines += [release.note.strip(), ""]
    lines += [f"{sentence}\n" for sentence in (HARD_TOO if aggregation else HARD, SOFT, SINGLE)]
    lines += ["Check the files with `sha256sum -c SHA256SUMS`.", "", "## What is inside", ""]
    lines += [f"- {counts['items']} items; {counts['left_out']} more are left out, their labels are not complete"]
    lines += [f"- {counts['annotations']} answers by {counts['annotators']} annotators"]
    lines += [f"- {counts['adjudications']} answers decided by an adjudicator"]
    lines += [f"- cut {release.as_of} of the project's log, guideline {_versions(versions)}"]
    lines += ["- `text_sha256` covers the text of an item, or its fields as canonical JSON where it has several", ""]
    lines += ["## Labels", ""]
    for question, labels in counts["labels"].items():
        order = ", ".join(f"`{value}`" for value in orders.get(question, ()))
        lines += [f"### {question}", ""] + ([f"`label_order`: {order}", ""] if order else [])
        lines += [f"- {label}: {count}" for label, count in labels.items()] + [""]
    lines += [*aggregation, "## Agreement", ""]
    lines += [_agreement(question, row) for question, row in alphas.items()] + [""]
    lines += ["## Contract", "", "| Gate | Result | Expected | Actual |", "|---|---|---|---|"]
    lines += [_gate(gate) for gate in gates]
    lines += [""] + [f"Waived by {_cell(w['name'])}: {w['gate']}. {_cell(w['reason'])}" for w in _waivers(gates)]
    if unchecked:
        lines += ["", f"Not checked here: {', '.join(_cell(name) for name in unchecked)}."]
    return "\n".join(lines).rstrip() + "\n"


def _waivers(gates: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [gate["waiver"] | {"gate": gate["name"]} for gate in gates if gate["waiver"]]


def _versions(versions: Sequence[int]) -> str:
    return ("version " if len(versions) == 1 else "versions ") + ", ".join(str(v) for v in versions)


def _cell(text: object) -> str:
    return _one_line(str(text)).replace("|", "\\|")


def _agreement(question: str, row: Mapping[str, Any]) -> str:
    if row["value"] is None:
        return f"- {question}: {absent_word(row.get('undefined'))}. {row.get('reason') or ''}".rstrip()
    interval = "no interval"
    if row["ci_low"] is not None:
        interval = f"95 % interval {row['ci_low']:.3f} to {row['ci_high']:.3f}"
    return f"- {question}: Krippendorff's alpha {row['value']:.3f} ({interval}), {row['n_items']} items"


def _gate(gate: Mapping[str, Any]) -> str:
    actual = "" if gate["actual"] is None else number(gate["actual"])
    return f"| {gate['name']} | {gate['result'].replace('_', ' ')} | {gate['operator']} {gate['expected']} | {actual} |"


def changelog(release: Release, changes: Mapping[str, Any] | None) -> str:
    """CHANGELOG.md: this release and those before it."""
    lines = ["# Changelog", "", f"## {release.version}", "", release.note.strip() or "No note was given.", ""]
    if changes is None:
        lines += ["The first release."]
    else:
        lines += [
            f"Compared with {changes['against']}: {changes['added']} items added, {changes['removed']} removed, ",
            f"{changes['relabelled']} labels changed.",
        ]
    former, seen = release.previous, 0
    while former is not None and seen < OLDEST:
        lines += ["", f"## {former.version}", "", former.note.strip() or "No note was given."]
        former, seen = former.previous, seen + 1
    return "\n".join(lines) + "\n"


def guideline_text(version: GuidelineVersion) -> str:
    """A guideline version as Markdown."""
    lines = [f"# Guideline version {version.number}", ""]
    if version.note.strip():
        lines += [version.note.strip(), ""]
    for clause in version.clauses:
        lines += [f"## {_one_line(clause['title'])}", ""]
        about = [f"question `{clause['question']}`"] if clause.get("question") else []
        about += [f"label `{clause['label']}`"] if clause.get("label") else []
        lines += [f"*{', '.join(about)}*", ""] if about else []
        lines += [clause["definition"].strip(), ""]
        for word, title in (("use_when", "Use when"), ("avoid_when", "Avoid when")):
            if clause[word].strip():
                lines += [f"**{title}**", "", clause[word].strip(), ""]
        for example in clause["examples"]:
            why = _one_line(example["why"])
            lines += [f"- Example: {_one_line(example['text'])}", f"  Answer: {example['answer']}. {why}"]
        lines += [""] if clause["examples"] else []
    return "\n".join(lines).rstrip() + "\n"


def guideline_record(version: GuidelineVersion) -> dict[str, Any]:
    return {
        "number": version.number, "change": version.change, "note": version.note, "clauses": version.clauses,
        "label_schema": version.label_schema,
    }  # fmt: skip
