"""Building the files of a release out of its cut. Reads the database, writes a folder, changes nothing else."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.canonical import canonical_json, rfc3339, sha256_hex
from events.selectors import held_at
from guidelines.schema.lists import labels_in
from guidelines.schema.registry import kind_of
from intake.selectors import visible_items
from releases.building import aggregation, words
from releases.building.agreement import alphas_at
from releases.building.compare import compare_rows, read_rows
from releases.building.files import FileWriter, Written, sums_of, sync_folders, write_bytes
from releases.building.fitting import Fitting
from releases.building.rows import Chunk, Reader
from releases.building.versions import GuidelineAt
from releases.contract.checks import asked_gates, unchecked_rules
from releases.contract.document import to_yaml
from releases.gates.base import FAIL, NOT_RUN, PASS, WARN, Facts, meets
from releases.gates.registry import GATES
from releases.models import Release
from releases.selectors import case_states_at, stored_path

ITEMS, ANNOTATIONS, ADJUDICATIONS = (
    "data/items.jsonl", "annotations/annotations.jsonl", "adjudications/adjudications.jsonl",
)  # fmt: skip
SUMS, MANIFEST = "SHA256SUMS", "manifest.json"
EXAMPLES = 3
Beat = Callable[[int, int | None], None]


@dataclass
class Built:
    """What came of a build. `gates` decide whether it may be published; then `files` and `manifest` are there."""

    gates: list[dict[str, Any]]
    versions: list[int]
    counts: dict[str, Any]
    files: list[Written] = field(default_factory=list)
    alphas: dict[str, dict[str, Any]] = field(default_factory=dict)
    aggregation: dict[str, Any] | None = None
    manifest: dict[str, Any] = field(default_factory=dict)
    content_hash: str = ""

    @property
    def is_blocked(self) -> bool:
        return any(gate["result"] in (FAIL, NOT_RUN) for gate in self.gates)


@dataclass
class _Counting:
    """What is counted while the rows go by."""

    facts: Facts = field(default_factory=Facts)
    labels: dict[str, Counter[str]] = field(default_factory=dict)
    sources: Counter[str] = field(default_factory=Counter)
    aggregated: Counter[str] = field(default_factory=Counter)
    """By question: the labels that a method made of several."""
    splits: Counter[str] = field(default_factory=Counter)
    versions: set[int] = field(default_factory=set)
    people: set[Any] = field(default_factory=set)


def build_package(release: Release, folder: Path, beat: Beat) -> Built:
    """Write all files of a release into an empty folder, and judge them.

    The same release always comes to the same bytes: rows and gates come from its cut, everything else from what was
    fixed when it was asked for. Where a gate fails, the folder is left incomplete.
    """
    project, as_of = release.project, release.as_of
    guideline = GuidelineAt(project, as_of)
    items = held_at(visible_items(project), project=project.id, as_of=as_of, ended=None).count()
    beat(0, items)
    reader = Reader(release, guideline)
    rows, counting = _write_rows(release, folder, reader, beat)
    facts = counting.facts
    alphas = alphas_at(project, as_of, release.requested["minimums"], lambda: beat(facts.rows, None))
    facts.alphas = alphas
    states = [state for state in case_states_at(project, as_of).values() if state != "case.dissolved"]
    facts.cases, facts.open_cases = len(states), sum(state != "case.decided" for state in states)
    gates = judge(release, facts)
    beat(facts.rows, None)
    versions = sorted(counting.versions) or [n for n in [guideline.number] if n is not None]
    built = Built(gates, versions, _counts(rows, counting, items, reader), alphas=alphas)
    built.aggregation = aggregation.aggregation_record(
        release, reader.aggregates, counting.aggregated, reader.pseudonym
    )  # fmt: skip
    if not built.is_blocked:
        _finish(release, folder, built, rows, reader)
        beat(items, items)
    return built


def _write_rows(release: Release, folder: Path, reader: Reader, beat: Beat) -> tuple[list[Written], _Counting]:
    counting, fitting = _Counting(), Fitting(release.contract.document, reader.schema, reader.columns)
    with (
        FileWriter(folder, ITEMS, counts_rows=True) as items,
        FileWriter(folder, ANNOTATIONS, counts_rows=True) as annotations,
        FileWriter(folder, ADJUDICATIONS, counts_rows=True) as decisions,
    ):
        for chunk in reader.chunks():
            items.write_rows(chunk.items)
            annotations.write_rows(chunk.annotations)
            decisions.write_rows(chunk.decisions)
            _count(counting, chunk, reader, fitting)
            beat(counting.facts.rows, None)
    return [items.written, annotations.written, decisions.written], counting


def _count(counting: _Counting, chunk: Chunk, reader: Reader, fitting: Fitting) -> None:
    facts = counting.facts
    for row in chunk.items:
        facts.rows += 1
        counting.splits[row["split"]] += 1
        problem = fitting.problem(row)
        if problem is not None:
            facts.wrong_rows += 1
            facts.wrong_examples += [problem] if len(facts.wrong_examples) < EXAMPLES else []
        sources = {q: str(row[f"{q}_source"]) for q in reader.schema.question_names if row[f"{q}_source"]}
        counting.sources.update(sources.values())
        counting.aggregated.update(q for q, source in sources.items() if source in aggregation.AGGREGATED)
    for question, value, version in chunk.labels:
        facts.labels += 1
        facts.stale_labels += reader.guideline.is_stale(question, value, version)
        asked = reader.schema.by_name.get(question)
        # Numbers and texts are not counted one by one: there may be as many as items.
        if asked is not None and kind_of(asked).label_values(asked):
            counting.labels.setdefault(question, Counter()).update(labels_in(value))
    stamped = [row["guideline_version"] for row in (*chunk.annotations, *chunk.decisions)]
    counting.versions.update(version for version in stamped if version is not None)
    counting.people |= chunk.people


def _counts(rows: Sequence[Written], counting: _Counting, items: int, reader: Reader) -> dict[str, Any]:
    labels = {name: dict(sorted(counting.labels.get(name, {}).items())) for name in reader.schema.question_names}
    return {
        "items": rows[0].rows or 0, "annotations": rows[1].rows or 0, "adjudications": rows[2].rows or 0,
        "annotators": len(counting.people), "left_out": items - (rows[0].rows or 0),
        "cases_open": counting.facts.open_cases, "labels": labels, "sources": dict(sorted(counting.sources.items())),
        "splits": dict(sorted(counting.splits.items())),
    }  # fmt: skip


def judge(release: Release, facts: Facts) -> list[dict[str, Any]]:
    """Each gate of the contract with its result. A waiver turns a fail into a warning that names who took it on."""
    waivers: Mapping[str, Any] = {waiver["gate"]: waiver for waiver in release.requested["waivers"]}
    found = []
    for asked in asked_gates(release.contract.document):
        gate = GATES[asked.metric]
        figure = gate.measure(facts, asked.question)
        if figure.actual is None:
            result = NOT_RUN
        else:
            result = PASS if meets(asked.operator, asked.threshold, figure.actual) else FAIL
        waiver = waivers.get(asked.name) if result != PASS else None
        found.append({
            "name": asked.name, "title": gate.title, "result": WARN if waiver else result, "operator": asked.operator,
            "expected": asked.threshold, "actual": figure.actual, "detail": figure.detail,
            "waiver": {"name": waiver["name"], "reason": waiver["reason"], "waived": result} if waiver else None,
        })  # fmt: skip
    return found


def _finish(release: Release, folder: Path, built: Built, rows: Sequence[Written], reader: Reader) -> None:
    document, schema = release.contract.document, reader.schema
    orders = {q["name"]: kind_of(q).condition_values(q) or kind_of(q).label_values(q) for q in schema.questions}
    unchecked = unchecked_rules(document)
    built.counts["changes"] = changes = _changes(release, folder, reader)
    result = "warn" if any(gate["result"] == WARN for gate in built.gates) else "pass"
    verdict = {
        "contract": {"id": document["id"], "version": document["version"], "number": release.contract.number},
        "result": result, "gates": built.gates, "not_checked": unchecked,
    }  # fmt: skip
    readme = words.card(
        release, counts=built.counts, alphas=built.alphas, gates=built.gates, orders=orders, versions=built.versions,
        unchecked=unchecked, aggregation=aggregation.card_lines(built.aggregation) if built.aggregation else [],
    )  # fmt: skip
    texts = {
        "contract.odcs.yaml": to_yaml(document).encode(),
        "contract-result.json": canonical_json(verdict) + b"\n",
        "README.md": readme.encode("utf-8", "surrogatepass"),
        "CHANGELOG.md": words.changelog(release, changes).encode("utf-8", "surrogatepass"),
    }
    if built.aggregation is not None:
        texts[aggregation.PATH] = canonical_json(built.aggregation) + b"\n"
    for version in reader.guideline.versions:
        if version.number in built.versions or version.number == reader.guideline.number:
            texts[f"guideline/{version.number}.json"] = canonical_json(words.guideline_record(version)) + b"\n"
            texts[f"guideline/{version.number}.md"] = words.guideline_text(version).encode("utf-8", "surrogatepass")
    files = [*rows, *(write_bytes(folder, path, data) for path, data in texts.items())]
    files.sort(key=lambda f: f.path)
    sums = sums_of(files)
    built.content_hash = sha256_hex(sums)
    built.files = [*files, write_bytes(folder, SUMS, sums)]
    built.manifest = _manifest(release, built, files, result)
    sync_folders(folder)


def _changes(release: Release, folder: Path, reader: Reader) -> dict[str, Any] | None:
    if release.previous is None:
        return None
    stored = release.previous.files.get(path=ITEMS).stored_as
    found = compare_rows(read_rows(stored_path(stored)), read_rows(folder / ITEMS), reader.schema.question_names)
    return found.summary(release.previous.version)


def _manifest(release: Release, built: Built, files: Sequence[Written], result: str) -> dict[str, Any]:
    made = {"aggregation": aggregation.in_manifest(built.aggregation)} if built.aggregation is not None else {}
    return made | {
        "name": release.requested["slug"], "version": release.version, "created_at": rfc3339(release.cut_at),
        "as_of": release.as_of, "guideline_versions": built.versions,
        "contract": {
            "version": release.contract.document["version"], "number": release.contract.number, "result": result,
        },
        "waivers": [gate["waiver"] | {"gate": gate["name"]} for gate in built.gates if gate["waiver"]],
        "previous": release.previous.version if release.previous else None, "withdrawn": None,
        "counts": built.counts, "content_hash": built.content_hash,
        "files": [{"path": f.path, "bytes": f.size, "sha256": f.sha256, "rows": f.rows} for f in files],
    }  # fmt: skip
