"""What changed from one release to another: both are sorted by item, so they are read side by side."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = dict[str, Any]
MOST_LISTED = 10_000


@dataclass
class Comparison:
    """Items by id; relabelled ones as the API shows them. Lists are cut at `MOST_LISTED`, the counts are whole."""

    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    relabelled: list[Row] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    moves: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """(question, before, after) -> how many."""

    def summary(self, against: str) -> dict[str, Any]:
        """The counts, and which label became which."""
        moves = [
            {"question": question, "before": json.loads(before), "after": json.loads(after), "count": count}
            for (question, before, after), count in sorted(self.moves.items(), key=lambda kv: (-kv[1], kv[0]))[:50]
        ]
        return {"against": against, **{k: self.counts[k] for k in ("added", "removed", "relabelled")}, "moves": moves}


def read_rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", errors="surrogatepass", newline="\n") as source:
        for line in source:
            yield json.loads(line)


def compare_rows(before: Iterator[Row], after: Iterator[Row], questions: Sequence[str]) -> Comparison:
    found = Comparison()
    old, new = next(before, None), next(after, None)
    while old is not None or new is not None:
        if new is None or (old is not None and old["item_id"] < new["item_id"]):
            assert old is not None
            _note(found, found.removed, "removed", old["item_id"])
            old = next(before, None)
        elif old is None or new["item_id"] < old["item_id"]:
            _note(found, found.added, "added", new["item_id"])
            new = next(after, None)
        else:
            _compare(found, old, new, questions)
            old, new = next(before, None), next(after, None)
    return found


def _note(found: Comparison, names: list[Any], word: str, entry: Any) -> None:
    found.counts[word] += 1
    if len(names) < MOST_LISTED:
        names.append(entry)


def _compare(found: Comparison, old: Row, new: Row, questions: Sequence[str]) -> None:
    for name in questions:
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        found.moves[name, json.dumps(before), json.dumps(after)] += 1
        entry = {"item": new["item_id"], "question": name, "before": before, "after": after,
                 "cause": _cause(old, new, name)}  # fmt: skip
        _note(found, found.relabelled, "relabelled", entry)


def _cause(old: Mapping[str, Any], new: Mapping[str, Any], name: str) -> str:
    """What most likely changed the label, read from the two rows."""
    source = new.get(f"{name}_source")
    if source in ("adjudicated", "kept_disagreement"):
        return "adjudicated"
    if source in ("majority", "model"):
        return "aggregation"
    if old.get("guideline_version") != new.get("guideline_version"):
        return "guideline_version"
    if source == "unanimous" and old.get(f"{name}_source") is not None:
        return "superseded"
    return "other"
