"""No two threads import the libraries of the pages at once, and no page imports one by itself."""

import ast
import json
import sys
import threading
from types import ModuleType

import pytest

from app import libraries
from tests.processes import run_python
from tests.project.sources import imported, modules, tree

WITH_A_MODEL = {"torch", "tensorboard"}
COMPONENTS = {"streamlit_folium"}  # whose import outside of a page's run Streamlit ignores


@pytest.fixture
def nothing_yet(monkeypatch):
    """Let this process seem to have imported nothing."""
    monkeypatch.setattr(libraries, "_imported", threading.Event())


def imported_by_pages():
    """Return the dotted names that pages and what they use import of other packages."""
    paths = [path for path in (*modules("analysis"), *modules("app")) if "cli" not in path.parts]
    names = set().union(*map(imported, paths))
    others = {"analysis", "app", "himnet", "benchmarks"} | WITH_A_MODEL | COMPONENTS
    others |= sys.stdlib_module_names
    return {name for name in names if name.partition(".")[0] not in others}


def test_every_library_of_a_page_is_among_those_that_are_imported_beforehand():
    wanted = imported_by_pages()
    assert {"scipy.stats", "sklearn.cluster", "openTSNE", "folium"} <= wanted
    done = run_python(
        "-c",
        "import json, sys; import streamlit; from app.libraries import import_libraries;"
        "import app.sidebar; import_libraries(); print(json.dumps(list(sys.modules)))",
    )
    assert done.returncode == 0, done.stderr
    there = set(json.loads(done.stdout.splitlines()[-1]))
    assert wanted - there == set()
    assert not (WITH_A_MODEL | COMPONENTS) & there


def test_the_first_page_shows_its_text_before_the_libraries_are_there_and_others_wait():
    """The page's own code runs in a process that has imported none of them."""
    done = run_python("-m", "tests.app.first_imports")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {"": True, "explore": False}


def test_two_visitors_import_each_library_once_and_neither_goes_on_before_it_is_there(
    monkeypatch, nothing_yet
):
    inside, names, most = [], [], []

    def slowly(name):
        inside.append(name)
        most.append(len(inside))
        names.append(name)
        threading.Event().wait(0.01)
        inside.remove(name)
        return ModuleType(name)

    monkeypatch.setattr(libraries, "import_module", slowly)
    ended_with = []

    def visit():
        libraries.import_libraries()
        ended_with.append(len(names))

    visitors = [threading.Thread(target=visit) for _ in range(5)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert tuple(names) == libraries.LIBRARIES
    assert max(most) == 1
    assert set(ended_with) == {len(libraries.LIBRARIES)}


def test_a_library_that_is_broken_leaves_the_others_alone(monkeypatch, nothing_yet):
    names = []

    def broken(name):
        names.append(name)
        if name == "folium":
            raise ImportError(name)

    monkeypatch.setattr(libraries, "import_module", broken)
    libraries.import_libraries()
    assert tuple(names) == libraries.LIBRARIES


def test_torch_is_always_met_at_its_own_door():
    """So that two threads which import it first wait for each other; no page trains."""
    late = []
    for path in modules("himnet"):
        nodes = [node for node in ast.walk(tree(path)) if isinstance(node, ast.stmt)]
        parts = [n for n in nodes if isinstance(n, ast.ImportFrom) and _is_of_torch(n.module)]
        doors = [n for n in nodes if isinstance(n, ast.Import) and n.names[0].name == "torch"]
        if parts and "training" not in path.parts:
            first = min((node.lineno for node in doors), default=10**9)
            late += [path.name for node in parts if node.lineno < first]
    assert not late


def _is_of_torch(module):
    return str(module).partition(".")[0] == "torch"
