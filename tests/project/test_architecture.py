"""The house keeps its order: three rooms, one direction, no hidden weight at the door."""

import ast
import subprocess
import sys

import pytest

from tests.project import sources
from tests.project.sources import (
    ROOMS,
    ROOT,
    files_imported,
    functions,
    modules,
    name_of,
    packages,
    tree,
)

MAX_FUNCTION_LINES = 40  # without docstring and signature
FORBIDDEN = {
    # training has to run on a bare GPU machine; looking at a model has to start fast
    "himnet": {"analysis", "app", "benchmarks", "tests", "streamlit", "plotly"},
    "analysis": {"app", "benchmarks", "tests", "streamlit", "torch", "captum"},
    "app": {"benchmarks", "tests", "torch", "captum"},
}
TRAINING_PACKAGES = {"torch", "numpy", "safetensors", "h5py", "tqdm", "filelock", "himnet"}
OF_TABLES = {
    "pandas",
    "pyarrow",
    "openpyxl",
}  # where tables become data sets, once that is asked for
OF_ATTRIBUTION = {"captum"}  # in one file, once an attribution is asked for
OURS = [path for room in ROOMS for path in modules(room)]
FILES = {name_of(path): path for path in OURS}
# What each folder may import of the others beside it; files beside the folders are free to all.
FOLDERS = {
    "himnet": {
        "data": "",
        "model": "",
        "prepare": "data",
        "relatives": "data model",
        "checkpoints": "data model",
        "forecasting": "checkpoints data model",
        "training": "checkpoints data forecasting model",
        "studies": "checkpoints data model training",
        "cli": "checkpoints data forecasting prepare studies training",
    },
    "analysis": {
        "city": "",
        "readings": "",
        "geometry": "",
        "evidence": "geometry",
        "graphs": "city claims evidence forecasts geometry readings what_if",
        "forecasts": "evidence readings",
        "patterns": "city evidence forecasts geometry readings",
        "what_if": "city evidence forecasts geometry",
        "claims": "city evidence geometry patterns readings",
        "identity": "claims evidence forecasts geometry patterns readings what_if",
        "attribution": "city claims evidence forecasts geometry graphs readings",
        "figures": "city evidence forecasts geometry graphs identity patterns readings",
        "paper": "city evidence figures geometry graphs identity patterns readings",
        "cli": "attribution claims forecasts geometry graphs identity paper what_if",
    },
    "app": {
        "session": "choices",
        "choices": "selection session",
        "selection": "choices session views",
        "clock": "choices session views",
        "views": "choices clock selection session",
        "player": "choices clock session views",
        "graph": "choices clock selection session views",
        "why": "selection session views",
        "tour": "choices clock session views",
        "cli": "session",
        "app_pages": "choices clock graph player selection session tour views why",
    },
}


@pytest.mark.parametrize("room", ROOMS)
def test_imports_never_point_upwards(room):
    upwards = {name_of(path): packages(path) & FORBIDDEN[room] for path in modules(room)}
    assert len(upwards) > 1
    assert not {name: found for name, found in upwards.items() if found}


def test_the_model_room_needs_only_the_packages_of_a_gpu_machine():
    wanted = {name_of(path): _beyond_training(path) for path in modules("himnet")}
    assert not {name: more for name, more in wanted.items() if more}


@pytest.mark.parametrize(
    ("file", "source", "beyond"),
    [
        ("himnet/prepare/tables.py", "def f():\n    import pandas, pyarrow.csv", set()),
        ("himnet/prepare/tables.py", "import pandas", {"pandas"}),
        ("himnet/prepare/tables.py", "def f():\n    import sklearn", {"sklearn"}),
        ("himnet/data/load.py", "def f():\n    import pandas", {"pandas"}),
    ],
)
def test_only_where_tables_are_prepared_a_package_for_them_is_loaded(
    file, source, beyond, monkeypatch
):
    monkeypatch.setattr(sources, "tree", lambda path: ast.parse(source))
    assert _beyond_training(ROOT / file) == beyond


@pytest.mark.parametrize("room", ROOMS)
def test_folders_import_what_their_table_allows(room):
    named = {path.name for path in (ROOT / room).iterdir() if (path / "__init__.py").exists()}
    assert named <= FOLDERS[room].keys()
    crossed = []
    for path in modules(room):
        own = _folder(name_of(path), room)
        for other in files_imported(path, FILES):
            folder = _folder(other, room)
            if own and folder not in {None, own, *FOLDERS[room][own].split()}:
                crossed.append(f"{name_of(path)} imports {other}")
    assert not crossed


def test_no_file_imports_a_page():
    pages = {name for name in FILES if name.startswith("app.app_pages.")}
    assert len(pages) > 5
    assert not {n: found for n, p in FILES.items() if (found := files_imported(p, FILES) & pages)}


def test_no_files_import_each_other_in_a_circle():
    left = {name: files_imported(path, FILES) for name, path in FILES.items()}
    while free := {name for name, needs in left.items() if not needs & left.keys()}:
        left = {name: needs for name, needs in left.items() if name not in free}
    assert not left  # all of a circle, and what imports it


def test_imports_name_the_whole_path_so_that_a_search_finds_every_use():
    relative = [
        f"{name_of(path)}:{node.lineno}"
        for path in OURS
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not relative


def test_escapes_are_called_by_their_module_so_that_the_canaries_meet_them():
    by_name = [
        f"{name_of(path)}: {alias.name}"
        for path in OURS
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module == "himnet.texts"
        for alias in node.names
        if alias.name not in ("clipped", "line")
    ]
    assert not by_name


def test_a_function_fits_on_a_screen():
    lengths = {name: _body_lines(node) for path in OURS for name, node in functions(path)}
    assert not {name: lines for name, lines in lengths.items() if lines > MAX_FUNCTION_LINES}


def test_every_function_is_annotated():
    every = [(name, node) for path in OURS for name, node in functions(path)]
    assert not [name for name, node in every if node.returns is None]
    assert not [
        f"{name}: {argument.arg}"
        for name, node in every
        for argument in _arguments(node)
        if argument.annotation is None and argument.arg not in ("self", "cls")
    ]


def test_everything_public_is_documented():
    assert not [
        f"{name_of(path)}: {node.name}"
        for path in OURS
        for node in _public_definitions(tree(path))
        if not ast.get_docstring(node)
    ]


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import himnet", {"torch", "h5py", "analysis", "app"}),
        ("import himnet; himnet.load_arrays; himnet.load_track", {"torch", "streamlit"}),
        ("from himnet.cli import main; main(['info', '--help'])", {"torch", "numpy.random"}),
    ],
)
def test_looking_at_a_model_does_not_wake_torch(statement, unwanted):
    assert not _loaded_by(statement) & unwanted


def test_the_whole_analysis_comes_without_torch_and_streamlit():
    names = ", ".join(name_of(path) for path in modules("analysis") if path.stem != "__main__")
    assert not _loaded_by(f"import {names}") & {"torch", "streamlit"}


def test_the_app_starts_without_torch():
    parts = [path for path in modules("app") if "app_pages" not in path.parts]
    names = [name_of(path) for path in parts if path.stem != "main"]
    assert "torch" not in _loaded_by(f"import {', '.join(names)}")


def _beyond_training(path):
    """Return the packages that a file of `himnet` may not import, or not where it does."""
    allowed = TRAINING_PACKAGES | sys.stdlib_module_names
    if path.parent == ROOT / "himnet" / "prepare":
        allowed = allowed | OF_TABLES - sources.imported_at_the_top(path)
    if path == ROOT / "himnet" / "forecasting" / "attribution.py":
        allowed = allowed | OF_ATTRIBUTION - sources.imported_at_the_top(path)
    return packages(path) - allowed


def _folder(name, room):
    """Return the folder of a room that a file is in; None for files beside the folders."""
    first = name.removeprefix(f"{room}.").partition(".")[0]
    return first if name.startswith(f"{room}.") and (ROOT / room / first).is_dir() else None


def _loaded_by(statement: str) -> set[str]:
    """Return the modules that a fresh interpreter has loaded after a statement."""
    code = (
        "import sys, contextlib, os\n"
        "with contextlib.redirect_stdout(open(os.devnull, 'w')), contextlib.suppress(SystemExit):\n"
        f"    {statement}\n"
        "print('\\n'.join(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def _body_lines(function):
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def _arguments(function):
    arguments = function.args
    given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return given + [arg for arg in (arguments.vararg, arguments.kwarg) if arg]


def _public_definitions(node):
    """Yield public functions and classes, and the public methods of the latter."""
    for child in node.body:
        if isinstance(child, ast.FunctionDef | ast.ClassDef) and not child.name.startswith("_"):
            if not _overrides_torch(child):
                yield child
            if isinstance(child, ast.ClassDef):
                yield from _public_definitions(child)


def _overrides_torch(function):
    """`forward` and `backward` of an autograd function are PyTorch's words, not ours."""
    return any(
        isinstance(decorator, ast.Name) and decorator.id == "staticmethod"
        for decorator in function.decorator_list
    ) and function.name in ("forward", "backward", "setup_context")
