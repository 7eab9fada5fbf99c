"""A row for each model says what is stored beside it, and what is not."""

import re

import numpy as np
import pytest

from analysis.attribution.average import mean_attribution
from analysis.attribution.measure import measure
from analysis.attribution.stored import save_attribution, stored_attribution
from analysis.cli import main
from analysis.graphs.measure import measure_graph
from analysis.graphs.stored import save_graph, stored_graph
from analysis.graphs.use import save_use, stored_use, usual_use
from analysis.identity.stored import PART as IDENTITY
from analysis.identity.stored import stored_identity
from analysis.summary import markdown_summary, stored_beside
from himnet.checkpoints import load_arrays, save_measured
from himnet.checkpoints.locate import measured_file
from tests.analysis.attribution.cities import explained_town, small_plan
from tests.analysis.identity.curves import put_beside


@pytest.fixture(scope="module")
def arrays(tmp_path_factory):
    """A model with everything stored beside it."""
    found = explained_town(tmp_path_factory.mktemp("summary"))
    save_use(found, usual_use(found), command="test")
    save_graph(found.arrays, measure_graph(found), data="", command="test")
    plan = small_plan(found)
    save_attribution(found, mean_attribution(plan, measure(plan)), command="test")
    put_beside(found.arrays)
    return load_arrays(found.arrays.path)


def cells(table):
    """Return the cells of the rows of a table, without its heads."""
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def numbers(cell):
    return [float(one) for one in re.findall(r"(?<![\w.])[+-]?\d+(?:\.\d+)?", cell)]


def test_a_row_has_the_numbers_that_are_stored(arrays):
    table = markdown_summary([stored_beside("mine", arrays)])
    [(name, excess, followed, use, reach, cost)] = cells(table)
    kept = stored_graph, stored_use, stored_attribution, stored_identity
    graph, uniform, average, curve = (stored(arrays)[0] for stored in kept)
    assert name == "mine"
    trained = 100 * np.median(graph.encoder.others)
    assert numbers(excess)[0] == pytest.approx(trained, rel=0.05)
    assert numbers(excess)[1] == pytest.approx(100 * graph.untrained.of("others").mean(), rel=0.05)
    decided = [one for one in graph.results if one.verdict != "not applicable"]
    assert decided
    assert numbers(followed) == pytest.approx(
        [value for one in decided for value in (one.value, one.null_mean)], abs=6e-4
    )
    assert [one.verdict for one in decided] == [
        told.rpartition(", ")[2] for told in followed.split("; ")
    ]
    assert numbers(use) == pytest.approx(
        [
            end
            for one in (uniform.encoders, uniform.decoder)
            for end in (one.value, one.low, one.high)
        ],
        abs=0.051,
    )
    assert [one.rpartition(", ")[2] for one in use.split("; ")] == [
        uniform.word(one) for one in (uniform.encoders, uniform.decoder)
    ]
    minutes = average.quantities["minutes"][0]
    assert numbers(reach)[:2] == pytest.approx([minutes.found.value, minutes.even], abs=0.51)
    compared = curve.comparison()
    assert numbers(cost)[:4] == pytest.approx(
        [compared.cost, compared.matched, compared.by_any, compared.difference.value], abs=6e-4
    )
    assert numbers(cost)[-1] == curve.associations[0].p_value
    assert "single seed" in table


def test_what_is_not_stored_is_not_measured(arrays, tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(arrays.path.read_bytes())
    bare = load_arrays(path)
    assert cells(markdown_summary([stored_beside("bare", bare)])) == [
        ["bare", *["not measured"] * 5]
    ]
    put_beside(bare)
    told = cells(markdown_summary([stored_beside("bare", load_arrays(path))]))[0]
    assert told[1:5] == ["not measured"] * 4
    assert told[5].startswith("of the same road +1.000")


def test_each_checkpoint_is_a_row_and_its_name_is_data(arrays):
    hostile = "<i>*a* | b"
    models = [stored_beside(name, arrays) for name in (hostile, "mine")]
    rows = cells(markdown_summary(models))
    assert len(rows) == 2
    assert hostile not in markdown_summary(models)
    assert all(len(row) == 6 for row in rows)


def test_damaged_results_are_an_error_of_one_line(arrays, tmp_path, capsys):
    path = tmp_path / "model.safetensors"
    path.write_bytes(arrays.path.read_bytes())
    save_measured(path, arrays.sha256, IDENTITY, {"costs": 1}, data="", command="test")
    assert measured_file(path).exists()
    assert main(["summary", "--checkpoint", str(path)]) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert "analysis identity --save" in said[0]
