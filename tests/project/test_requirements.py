"""What is installed is what is imported, in the versions that the files promise."""

import sys
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.project.sources import ROOMS, ROOT, modules, packages

OPTIONAL = {"tensorboard"}  # training writes its logs where it is installed


def requirements(name: str) -> dict[str, Requirement]:
    """Return the requirements of a file by distribution name, the files that it names too."""
    found: dict[str, Requirement] = {}
    for line in (ROOT / name).read_text().splitlines():
        line = line.partition("#")[0].strip()
        if line.startswith("-r "):
            found |= requirements(line[3:])
        elif line:
            requirement = Requirement(line)
            found[canonicalize_name(requirement.name)] = requirement
    return found


@pytest.mark.parametrize(
    "name", ["requirements-explorer.txt", "requirements.txt", "requirements-dev.txt"]
)
def test_every_requirement_bounds_its_version_and_the_installed_one_fits(name):
    for requirement in requirements(name).values():
        operators = {specifier.operator for specifier in requirement.specifier}
        assert operators in ({">=", "<"}, {"=="}), requirement
        assert requirement.specifier.contains(version(requirement.name)), requirement


def test_torch_loads_strangers_weights_safely_and_fits_the_driver_of_a_user():
    specifier = requirements("requirements.txt")["torch"].specifier
    assert not specifier.contains("2.9.1")  # two holes in weights_only were closed in 2.10
    assert specifier.contains("2.10.0")
    assert not specifier.contains("2.14.0")


def test_what_is_imported_is_required_and_what_is_required_is_imported():
    homes = packages_distributions()
    imported = {name for room in ROOMS for path in modules(room) for name in packages(path)}
    imported -= sys.stdlib_module_names | set(ROOMS)
    distributions = {
        canonicalize_name(home) for name in imported for home in homes.get(name, [name])
    }
    assert distributions - OPTIONAL == set(requirements("requirements.txt"))


def test_the_explorer_is_everything_but_torch_and_what_needs_it():
    whole, explorer = (requirements(f"requirements{name}.txt") for name in ("", "-explorer"))
    assert set(whole) - set(explorer) == {"torch", "captum"}


def test_the_type_checker_and_the_tests_know_every_room():
    settings = (ROOT / "pyproject.toml").read_text()
    for room in ROOMS:
        assert f'"{room}"' in settings
        assert Path(ROOT / "tests" / room).is_dir()
