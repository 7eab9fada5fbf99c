"""What the documents say is true: commands exist, versions agree, no machine is named."""

import contextlib
import io
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from importlib import import_module

import pytest

import himnet
from tests.project.sources import ROOMS, ROOT, tracked_files

DOCUMENTS = [
    name
    for name in (
        "README.md",
        "README.zh.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "benchmarks/README.md",
    )
    if (ROOT / name).exists()
]
BLOCK = re.compile(r"```(?:bash|sh|console|text|python)?\n(.*?)```", re.DOTALL)
# Paths that exist on one machine only, and helpers that a reader does not have.
MACHINE_PATHS = re.compile(
    r"(?<![\w.])/(?:work|home|root|Users|opt)/\w|\.\./shared|file:///|index-url"
)
MAY_NAME_THE_DATA_FOLDER = {".ci/run"}


def code(document: str) -> str:
    """Return what stands in a document's code blocks and code words, long lines joined."""
    text = (ROOT / document).read_text(encoding="utf-8")
    blocks = [*BLOCK.findall(text), *re.findall(r"`([^`\n]+)`", BLOCK.sub("", text))]
    return "\n".join(blocks).replace("\\\n", " ")


def all_code() -> str:
    return "\n".join(code(document) for document in DOCUMENTS)


def test_make_targets_that_documents_name_exist():
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)", all_code()))
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"app", "test"} <= named <= targets


@pytest.mark.parametrize("room", ["himnet", "analysis", "app"])
def test_commands_and_options_that_documents_name_exist(room):
    cli = import_module(f"{room}.cli")
    calls = re.findall(rf"-m {room} ([a-z][a-z-]*)([^\n]*)", all_code())
    assert {name for name, _ in calls} == set(cli.COMMANDS)
    for name, rest in calls:
        known = _help(cli.main, name)
        for option in re.findall(r"(?<!\S)(--[a-z][a-z-]*)", rest.partition("#")[0]):
            assert re.search(rf"{option}\b", known), f"{room} {name} has no {option}"


@pytest.mark.parametrize(
    "name", ["README.md", "README.zh.md", "CONTRIBUTING.md", "SECURITY.md", "docs/teaching.md"]
)
def test_files_that_documents_link_exist(name):
    document = ROOT / name
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", document.read_text())
    assert links
    assert not [link for link in links if not (document.parent / link).exists()]


def test_the_readme_has_the_claims_that_are_stored_beside_the_checkpoints(capsys):
    from analysis.cli import main

    shown = ["metr-la", "melbourne", "pems-i5"]
    assert main(["claims", "--checkpoint", *shown, "--markdown", "--stored"]) == 0
    assert capsys.readouterr().out.strip() in (ROOT / "README.md").read_text()


def test_the_readme_has_what_the_models_connect_and_use(capsys):
    from analysis.cli import main

    assert main(["summary", "--checkpoint", "metr-la", "melbourne", "pems-i5"]) == 0
    assert capsys.readouterr().out.strip() in (ROOT / "README.md").read_text()


def test_what_is_stored_beside_the_checkpoints_names_no_path_of_somebodys_machine():
    naming = [
        path.relative_to(ROOT).as_posix()
        for path in ROOT.glob("checkpoints/**/*.safetensors")
        if MACHINE_PATHS.search(path.read_bytes()[:100_000].decode("latin-1"))
    ]
    assert not naming


def test_the_quick_start_in_chinese_has_the_commands_of_the_readme():
    def commands(name):
        blocks = re.findall(r"```bash\n(.*?)```", (ROOT / name).read_text(), re.DOTALL)
        lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
        return {line.partition("#")[0].strip() for line in lines}

    assert len(commands("README.zh.md")) > 10
    assert commands("README.zh.md") <= commands("README.md")


@pytest.mark.parametrize("room", ROOMS)
def test_contributing_describes_every_folder_of_the_code(room):
    folders = {path.parent.name for path in (ROOT / room).glob("*/__init__.py")}
    text = (ROOT / "CONTRIBUTING.md").read_text()
    section = re.split(r"^### ", text, flags=re.MULTILINE)[1 + ROOMS.index(room)]
    assert section.startswith(f"`{room}/`")
    assert folders == set(re.findall(r"^\| `(\w+)/` \|", section, re.MULTILINE))


def test_the_citation_and_the_changelog_know_the_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == himnet.__version__
    citation = (ROOT / "CITATION.cff").read_text()
    assert f"version: {himnet.__version__}" in citation
    assert "10.1145/3637528.3671961" in citation
    assert f"## [{himnet.__version__}]" in (ROOT / "CHANGELOG.md").read_text()


def test_no_tracked_file_names_a_path_of_somebodys_machine():
    files = tracked_files()
    if files is None:
        pytest.skip("not a git clone")
    naming = {}
    for path in files:
        name = path.relative_to(ROOT).as_posix()
        text = path.read_bytes()
        if b"\0" in text or name in MAY_NAME_THE_DATA_FOLDER or path.samefile(__file__):
            continue
        if found := MACHINE_PATHS.search(text.decode("utf-8", errors="replace")):
            naming[name] = found.group()
    assert not naming


def test_what_is_tracked_is_small_and_no_data_set():
    files = tracked_files()
    if files is None:
        pytest.skip("not a git clone")
    readings = {"METR-LA.csv", "METR-LA.csv.xz", "metr-la.h5", "data.npz", "index.npz"}
    assert not readings & {path.name for path in files}
    assert not {path.name for path in files if path.stat().st_size > 20e6}


def test_the_ci_script_can_run():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text()
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash on this machine")
    assert subprocess.run([bash, "-n", str(script)], check=False).returncode == 0


def test_make_sets_up_what_app_and_test_need():
    make = shutil.which("make")
    if make is None:
        pytest.skip("no make on this machine")
    for target, needs in (("app", "requirements.txt"), ("test", "requirements-dev.txt")):
        plan = subprocess.run(
            [make, "-n", target, "VENV=not-made-yet"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        assert "-m venv" in plan
        assert f"-r {needs}" in plan


def _help(main: Callable[[list[str]], int], command: str) -> str:
    """Return the help text of one command."""
    with contextlib.redirect_stdout(io.StringIO()) as text, contextlib.suppress(SystemExit):
        main([command, "--help"])
    return text.getvalue()
