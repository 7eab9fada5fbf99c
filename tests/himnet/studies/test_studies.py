"""The paper's experiments are the trainings that the paper describes."""

import itertools

import pytest

from himnet.config import ABLATIONS
from himnet.errors import ConfigError
from himnet.presets import preset
from himnet.studies.studies import DIMENSIONS, STUDIES, study_runs


@pytest.mark.parametrize("study", STUDIES)
def test_every_run_has_a_name_and_settings_of_its_own(study):
    runs = study_runs(study)
    assert len({run.name for run in runs}) == len(runs)
    assert len({str((run.settings, run.sizes)) for run in runs}) == len(runs)
    assert study == "schedules" or all(run.quoted for run in runs)


def test_each_schedule_keeps_what_the_one_before_it_changed():
    runs = study_runs("schedules")
    assert runs[0].settings == {}
    for before, after in itertools.pairwise(runs):
        assert before.settings.items() < after.settings.items()


def test_ablations_are_the_full_model_and_each_part_left_out():
    left_out = [run.sizes.get("ablate", "none") for run in study_runs("ablations")]
    assert sorted(left_out) == sorted(ABLATIONS)


def test_dimensions_are_the_eighteen_points_of_the_figure_with_the_full_model_in_each_row():
    runs = study_runs("dimensions")
    rows = [row for run in runs for row in run.rows or (run.name,)]
    assert sorted(rows) == sorted(
        f"{name} = {d}" for name in ("d_t", "d_s", "d_st") for d in DIMENSIONS
    )
    full = preset("METRLA").model.to_dict()
    assert all(full[name] == value for name, value in runs[0].sizes.items())
    for run in runs[1:]:
        widths = {
            "d_t": run.sizes["tod_embedding_dim"] + run.sizes["dow_embedding_dim"],
            "d_s": run.sizes["node_embedding_dim"],
            "d_st": run.sizes["st_embedding_dim"],
        }
        name, d = run.name.split(" = ")
        assert widths == {**dict.fromkeys(widths, 16), name: int(d)}


@pytest.mark.parametrize("seeds", [(), (1, 1), (-1,)])
def test_seeds_that_make_no_study_are_refused(seeds):
    with pytest.raises(ConfigError, match="distinct seeds"):
        study_runs("seeds", seeds)


def test_an_unknown_study_is_refused():
    with pytest.raises(ConfigError, match="no study 'epochs'"):
        study_runs("epochs")
