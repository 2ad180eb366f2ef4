"""What imports do not show: the direction of foreign keys, who reads the database, what templates include, sizes."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
FLOORS = [
    {"core"}, {"accounts"}, {"events"}, {"projects"}, {"guidelines", "intake"}, {"annotation"}, {"metrics"},
    {"adjudication"}, {"reviews"}, {"releases"}, {"home"}, {"config"},
]  # fmt: skip
FLOOR = {app: level for level, names in enumerate(FLOORS) for app in names}
SOURCES = sorted(path for app in FLOOR for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)
MOST_LINES_OF_A_FILE, MOST_LINES_OF_A_FUNCTION = 500, 60


@cache
def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path):
    return str(path.relative_to(ROOT))


def test_foreign_keys_point_down_or_stay_on_their_floor():
    wrong = []
    for app, level in FLOOR.items():
        if not apps.is_installed(app):
            continue
        for model in apps.get_app_config(app).get_models():
            for field in model._meta.get_fields():
                target = getattr(field, "related_model", None)
                if not getattr(field, "concrete", False) or target is None:
                    continue
                other = target._meta.app_label
                if other == app or other not in FLOOR:
                    continue
                if FLOOR[other] >= level:
                    wrong.append(f"{model.__name__}.{field.name} -> {other}")
    assert wrong == []


def test_views_and_api_touch_no_manager():
    wrong = []
    for path in SOURCES:
        inside = path.relative_to(ROOT / path.relative_to(ROOT).parts[0]).parts
        if inside[0] != "api" and not inside[0].startswith("views"):
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Attribute) and node.attr == "objects":
                wrong.append(f"{name_of(path)}:{node.lineno}")
    assert wrong == []


def test_templates_extend_and_include_only_their_own_app_and_the_base():
    wrong = []
    for path in (ROOT / "templates").rglob("*.html"):
        own = path.relative_to(ROOT / "templates").parts[0]
        for word, name in re.findall(r'{%\s*(extends|include)\s+"([^"]+)"', path.read_text(encoding="utf-8")):
            first = name.split("/")[0]
            if first not in {own, "core", "base.html"} and not (own == "account" and first == "account"):
                wrong.append(f"{name_of(path)} {word}s {name}")
    assert wrong == []


def test_templates_hold_no_inline_script_style_or_handler():
    wrong = []
    pattern = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\sstyle=|\son[a-z]+=", re.IGNORECASE)
    for path in (ROOT / "templates").rglob("*.html"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if pattern.search(line):
                wrong.append(f"{name_of(path)}:{number}")
    assert wrong == []


def test_html_is_marked_safe_only_where_it_was_sanitised():
    """`|safe` may stand only behind texts that come from the one sanitizer, which end in `_html`."""
    wrong = []
    for path in (ROOT / "templates").rglob("*.html"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for expression in re.findall(r"{{\s*([^}]*?)\|safe\s*}}", line):
                if not expression.strip().endswith("_html"):
                    wrong.append(f"{name_of(path)}:{number} {expression}")
            if "autoescape off" in line:
                wrong.append(f"{name_of(path)}:{number} autoescape off")
    assert wrong == []


def test_mark_safe_stands_in_reviewed_modules_only():
    allowed = {"core/markdown.py", "core/templatetags"}
    wrong = [
        name_of(path)
        for path in SOURCES
        if re.search(r"\bmark_safe\b|\bSafeString\b", path.read_text(encoding="utf-8"))
        and not any(name_of(path).startswith(name) for name in allowed)
    ]
    assert wrong == []


@pytest.mark.parametrize("words", [r"\bpickle\b", r"\byaml\.load\(", r"\beval\(", r"\bexec\(", r"verify=False"])
def test_nothing_loads_or_runs_what_a_user_sent(words):
    wrong = [name_of(path) for path in SOURCES if re.search(words, path.read_text(encoding="utf-8"))]
    assert wrong == []


def test_files_stay_small_enough_to_be_known():
    long = {
        name_of(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in SOURCES
        if len(path.read_text(encoding="utf-8").splitlines()) > MOST_LINES_OF_A_FILE
    }
    assert long == {}


def test_functions_stay_small_enough_to_be_known():
    long = []
    for path in SOURCES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MOST_LINES_OF_A_FUNCTION:
                    long.append(f"{name_of(path)} {node.name}: {lines}")
    assert long == []


def test_imports_inside_functions_say_why():
    """A lazy import hides a cycle; each needs its reason on the line."""
    wrong = []
    for path in SOURCES:
        lines = path.read_text(encoding="utf-8").splitlines()
        for function in ast.walk(parsed(path)):
            if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            for node in ast.walk(function):
                if isinstance(node, (ast.Import, ast.ImportFrom)) and "#" not in lines[node.lineno - 1]:
                    wrong.append(f"{name_of(path)}:{node.lineno}")
    allowed = {entry for entry in wrong if "/apps.py:" in entry}  # `ready` loads what registers itself
    assert sorted(set(wrong) - allowed) == []


def test_broad_excepts_say_why():
    wrong = []
    for path in SOURCES:
        lines = path.read_text(encoding="utf-8").splitlines()
        for node in ast.walk(parsed(path)):
            broad = isinstance(node, ast.ExceptHandler) and (
                node.type is None
                or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})
            )
            if broad and "#" not in lines[node.lineno - 1]:
                wrong.append(f"{name_of(path)}:{node.lineno}")
    assert wrong == []


def test_no_registry_host_and_no_lock_with_addresses_is_committed():
    names = ["py" + "pi.org", "python" + "hosted", "registry." + "npmjs", "deb." + "debian"]
    wrong = []
    for pattern in ("*.txt", "*.in", "*.toml", "*.json", "*.md", "*.yml", "Makefile", "Dockerfile"):
        for path in ROOT.glob(pattern):
            text = path.read_text(encoding="utf-8", errors="replace")
            wrong += [f"{path.name}: {name}" for name in names if name in text]
    assert wrong == []
    assert not (ROOT / "uv.lock").exists()
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")
