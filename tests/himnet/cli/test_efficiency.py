"""`python -m himnet efficiency`: tables for people, JSON for machines."""

import json
from dataclasses import replace

import numpy as np
import pytest

from himnet.cli import main
from himnet.presets import PRESETS
from himnet.studies import efficiency, efficiency_worker
from himnet.studies.efficiency import Cost


def measured(monkeypatch, capsys, costs, *options):
    """Return what the command prints where its workers measure these costs."""
    asked = []

    def play(command, name, tick):
        asked.append((name, command[command.index(name) + 1 :]))
        return costs.get(name)

    monkeypatch.setattr(efficiency, "watch", play)
    assert main(["efficiency", "--device", "cpu", *map(str, options)]) == 0
    return capsys.readouterr().out, asked


def row(text, title, start):
    """Return the cells of one row of the table with that title."""
    table = text[text.index(title) :].partition("\n\n")[0].splitlines()
    line = next(line for line in table if line.strip().startswith(start))
    return line.replace(start, "", 1).split()


@pytest.mark.slow
def test_one_step_of_a_real_size_is_measured(capsys):
    ballast = np.ones(100_000_000)  # 800 MB of this process, which are not the worker's
    options = ["--dataset", "PEMS08", "--steps", 1, "--batch-size", 1, "--device", "cpu", "--json"]
    assert main(["efficiency", *map(str, options)]) == 0
    result = json.loads(capsys.readouterr().out)
    assert list(result["datasets"]) == ["PEMS08"]
    entry = result["datasets"]["PEMS08"]
    assert entry["sensors"] == 170
    assert entry["seconds_per_batch"] > 0
    assert entry["seconds_per_epoch"] == entry["batches_per_epoch"] * entry["seconds_per_batch"]
    # float32 weights, gradients and Adam's two moments are the least that a step needs
    assert 4 * 4 * entry["parameters"] < entry["peak_mb"] * 1e6 < ballast.nbytes
    machine = result["machine"]
    assert (machine["device"], machine["precision"], machine["gpu"]) == ("cpu", "float32", None)
    assert machine["cores"] >= 1
    assert result["batch_size"] == 1


def test_what_is_measured_stands_beside_what_is_quoted(monkeypatch, capsys):
    text, _ = measured(monkeypatch, capsys, {"METRLA": Cost((2.0, 0.5, 1.0), 1234.4)})
    title = "Table 5"
    assert row(text, title, "measured here") == ["1,250,937", "1.000", "1,499", "1,234"]
    assert row(text, title, "quoted: paper, RTX 3090, batch 16") == ["-", "-", "144", "6,056"]
    assert row(text, title, "quoted: author's log, RTX 5000 Ada, batch 16") == [
        "-",
        "-",
        "221",
        "-",
    ]
    assert "random readings at the sizes of the data sets; no data set is read" in text
    assert "median of 3 steps with batch size 16" in text


def test_every_size_has_a_bar_and_what_does_not_fit_says_so(monkeypatch, capsys):
    costs = {name: Cost((1.0,), 10.0) for name in PRESETS if name != "PEMS07"}
    text, asked = measured(monkeypatch, capsys, costs)
    assert [name for name, _ in asked] == list(PRESETS)
    for name, chosen in PRESETS.items():
        cells = row(text, "Figure 7", name)
        assert cells[:2] == [str(chosen.model.num_nodes), f"{chosen.model.num_parameters:,}"]
        fits = cells[3:] == ["1.000", cells[2], "10"]
        assert fits == (name != "PEMS07")
    assert row(text, "Figure 7", "PEMS07")[3:] == ["does", "not", "fit"] * 3
    assert row(text, "HimNet-Theta'", "METRLA") == ["10,874,347,200"]


def test_without_metr_la_there_is_no_table_to_quote_beside(monkeypatch, capsys):
    options = ["--dataset", "PEMS04", "PEMS08"]
    text, asked = measured(monkeypatch, capsys, {}, *options)
    assert [name for name, _ in asked] == ["PEMS04", "PEMS08"]
    assert "quoted" not in text


def test_the_options_reach_the_worker(monkeypatch, capsys):
    options = ["--dataset", "PEMS08", "--batch-size", 4, "--steps", 2, "--precision", "bfloat16"]
    _, asked = measured(monkeypatch, capsys, {}, *options, "--json")
    given = ["--device", "cpu", "--precision", "bfloat16", "--batch-size", "4", "--steps", "3"]
    assert asked == [("PEMS08", given)]
    seen = []
    monkeypatch.setattr(efficiency_worker, "measure", lambda *told: seen.append(told) or [])
    monkeypatch.setattr(efficiency_worker, "_volunteer", lambda: None)
    efficiency_worker.main(["PEMS08", *given])
    [(name, chosen, settings, device, steps)] = seen
    assert (name, chosen, device, steps) == ("PEMS08", PRESETS["PEMS08"], "cpu", 3)
    assert (settings.batch_size, settings.precision) == (4, "bfloat16")
    efficiency_worker.main(["PEMS08", *given, "--nodes", "9"])
    assert seen[1][1].model == replace(PRESETS["PEMS08"].model, num_nodes=9)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--dataset", "LA"], "there is no preset 'LA'; the paper has METRLA"),
        (["--steps", "0"], "--steps must be at least 1, not 0"),
    ],
)
def test_a_wrong_option_is_one_line(options, told, capsys):
    assert main(["efficiency", *options]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"error: {told}")
    assert said.err.count("\n") == 1
