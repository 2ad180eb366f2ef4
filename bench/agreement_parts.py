"""The parts of `bench.agreement` that run in a process of their own, so that its peak of memory is theirs alone.

    python -m bench.agreement_parts reading SLUG

Each prints one line of JSON. Those that read find the installation by CONCORD_DATA_DIR.
"""

import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

REPLICATES = 1000
NAIVE_REPLICATES = 3
SUBMITS = 150
UNITS, RATERS, LABELS = 1_000_000, 3, 5
ORDINAL = (100_000, 5, 10)


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def set_up() -> None:
    """Django, as the worker has it."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()


def table_of(slug: str) -> Any:
    """The counted answers of the project's question, at the newest cut."""
    from metrics.reading import read_answers
    from metrics.selection import Selection
    from metrics.selectors.units import read_seq
    from projects.models import Project

    project = Project.objects.get(slug=slug)
    return project, read_answers(Selection(project, read_seq(project), "label"))


def reading(slug: str) -> dict[str, Any]:
    """Value and interval of a run, from PostgreSQL to the last replicate."""
    set_up()
    from metrics.measure import figures_of, sample_of
    from metrics.questions import measured_questions, published
    from metrics.report import counts_in

    base = peak_mb()
    began = time.perf_counter()
    project, table = table_of(slug)
    read = time.perf_counter() - began
    sample = sample_of(measured_questions(published(project))["label"], counts_in(table))
    found = figures_of(sample, 1)
    return {
        "seconds": round(time.perf_counter() - began, 2),
        "of_them_reading": round(read, 2),
        "peak_mb": peak_mb(),
        "before_mb": base,
        "units": table.n_units,
        "answers": len(table),
        "patterns": len(sample.patterns),
        "alpha": found.alpha.value,
        "interval": [found.interval.low, found.interval.high],
        "replicates": found.interval.replicates,
    }


def dense_counts(slug: str) -> Any:
    """Units x labels, how often each label was given."""
    _, table = table_of(slug)
    contents = table.contents
    dense = np.zeros((len(contents), len(table.values)), dtype=np.int64)
    for place, row in enumerate(contents.rows()):
        for code, count in row:
            dense[place, code] = count
    return dense[contents.of_unit]


def package(slug: str) -> dict[str, Any]:
    """The value alone by the `krippendorff` package."""
    set_up()
    import krippendorff

    counts = dense_counts(slug)
    began = time.perf_counter()
    value = float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))
    return {"seconds_of_value": round(time.perf_counter() - began, 2), "alpha": value, "peak_mb": peak_mb()}


def naive(slug: str) -> dict[str, Any]:
    """A loop that draws the units of each replicate and has the package compute alpha: a few, extrapolated."""
    set_up()
    import krippendorff

    counts = dense_counts(slug)
    draw = np.random.default_rng(1)
    began = time.perf_counter()
    for _ in range(NAIVE_REPLICATES):
        drawn = counts[draw.integers(0, len(counts), len(counts))]
        krippendorff.alpha(value_counts=drawn, level_of_measurement="nominal")
    each = (time.perf_counter() - began) / NAIVE_REPLICATES
    return {"seconds_of_a_replicate": round(each, 2), "seconds_of_1000": round(each * REPLICATES)}


def interval_of(units: int, raters: int, labels: int, level: str) -> dict[str, Any]:
    """From columns of numbers to alpha with its interval."""
    from metrics.stats.alpha import alpha
    from metrics.stats.bootstrap import bootstrap_alpha
    from metrics.stats.patterns import Patterns
    from metrics.stats.table import contents_of

    draw = np.random.default_rng(7)
    own = draw.integers(0, labels, units)[:, np.newaxis]
    other = draw.integers(0, labels, (units, raters))
    value = np.where(draw.random((units, raters)) < 0.7, own, other).astype(np.int32).ravel()
    unit = np.repeat(np.arange(units, dtype=np.int32), raters)
    began = time.perf_counter()
    contents = contents_of(unit, value, units, labels)
    patterns = Patterns.from_rows(
        [tuple(row) for row in contents.rows()], contents.freq.tolist(), tuple(range(labels)), level
    )
    result, interval = alpha(patterns, level), bootstrap_alpha(patterns, level, REPLICATES, 1)
    return {
        "seconds": round(time.perf_counter() - began, 3),
        "patterns": len(patterns),
        "alpha": result.value,
        "interval": [interval.low, interval.high],
        "peak_mb": peak_mb(),
    }


def arithmetic(_: str) -> dict[str, Any]:
    return {"nominal": interval_of(UNITS, RATERS, LABELS, "nominal"), "ordinal": interval_of(*ORDINAL, "ordinal")}


def submits(slugs: str) -> dict[str, Any]:
    """What the consumer does after one more submit, in a small and in a large project in turn; all is undone again."""
    set_up()
    from django.db import transaction

    from annotation.models import Annotation
    from events.models import Seal
    from metrics.selectors.units import reader_position
    from metrics.services.units import recount_items

    rows = {}
    for name, slug in zip(("small", "large"), slugs.split(","), strict=True):
        found = Annotation.objects.filter(project__slug=slug, ended_event=None, slot=1).order_by("pk")
        rows[name] = list(found[: SUBMITS + 10])
    spent: dict[str, list[float]] = {"small": [], "large": []}
    position = reader_position()
    for place in range(SUBMITS + 10):
        for name, given in rows.items():
            old = given[place]
            with transaction.atomic():
                # somebody answers anew: the old answer has ended before the cut, the new one is counted
                event = Seal.objects.filter(project=old.project_id).order_by("seq").values_list("event_id", flat=True)
                Annotation.objects.filter(pk=old.pk).update(ended_event=event[0])
                old.pk, old.answers = None, {"label": "label_4" if old.answers["label"] != "label_4" else "label_0"}
                old.save(force_insert=True)
                began = time.perf_counter()
                recount_items(places={old.round_id: [old.item_id]}, position=position)
                if place >= 10:  # connections, plans and caches are warm
                    spent[name].append(time.perf_counter() - began)
                transaction.set_rollback(True)
    ms = {name: round(1000 * statistics.median(times), 2) for name, times in spent.items()}
    return {"ms": ms, "ratio": round(statistics.median(spent["large"]) / statistics.median(spent["small"]), 2)}


def pages(slug: str) -> dict[str, Any]:
    """Statements and milliseconds of each page of agreement, as a manager's browser asks for it the second time."""
    set_up()
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from projects.models import Project

    settings.ALLOWED_HOSTS = ["*"]
    project = Project.objects.select_related("created_by").get(slug=slug)
    client = Client()
    client.force_login(project.created_by)
    found = {}
    for name, path in addresses(project).items():
        times = []
        for _ in range(4):
            with CaptureQueriesContext(connection) as asked:
                began = time.perf_counter()
                answer = client.get(path)
                times.append(1000 * (time.perf_counter() - began))
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
        found[name] = {
            "queries": len(asked),
            "ms": round(statistics.median(times[1:])),
            "kb": len(answer.content) // 1000,
        }
    return found


def addresses(project: Any) -> dict[str, str]:
    """Every page of agreement that the project has something to show on."""
    from metrics.models import AgreementRun, RunAnnotator
    from projects.pseudonyms import pseudonym

    at = f"/p/{project.slug}/agreement/"
    found = {
        "dashboard": at, "headline": f"{at}headline/?question=label", "work": f"{at}work/",
        "items": f"{at}items/?question=label&a=label_0&b=label_1", "label": f"{at}label/?question=label&label=label_0",
        "targets": f"{at}targets/", "models": f"{at}models/", "annotators": f"{at}annotators/",
        "slices": f"{at}slices/", "runs": f"{at}runs/",
    }  # fmt: skip
    run = AgreementRun.objects.filter(project=project).exclude(computed_at=None).order_by("-created_at").first()
    if run is not None:
        found["run"] = f"{at}runs/{run.pk}/"
        person = RunAnnotator.objects.filter(run=run).first()
        if person is not None:
            found["annotator"] = f"{at}annotators/{pseudonym(project.pk, person.annotator)}/"
    return found


PARTS: dict[str, Callable[[str], dict[str, Any]]] = {
    part.__name__: part for part in (reading, package, naive, arithmetic, submits, pages)
}

if __name__ == "__main__":
    print(json.dumps(PARTS[sys.argv[1]](sys.argv[2] if len(sys.argv) > 2 else "")))
