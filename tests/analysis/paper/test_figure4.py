"""Figure 4: hours and sensors projected, clusters on a map, two carriageways, a week of speeds."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_hex

from analysis.errors import AnalysisError
from analysis.figures.cluster_colours import cluster_colours
from analysis.geometry.projection import tsne
from analysis.material import load_material
from analysis.paper import figure4 as module
from analysis.paper.settings import Case, FigureSettings
from himnet.data.info import Sensors
from tests.analysis.paper.drawn import assert_readable, texts_of, width_mm
from tests.analysis.paper.places import material, without_roads
from tests.app import made_up

pytestmark = pytest.mark.usefixtures("no_tsne")

WIDTHS = {"single": 84, "double": 178}
DEFAULT, FEW = FigureSettings(), FigureSettings(clusters=6)
GIVEN = replace(FEW, cases={"4": Case(clusters=(0, 1))})


@pytest.fixture(scope="module")
def bundled(folder):
    return load_material("metr-la", data_dir=folder)


@pytest.fixture(scope="module")
def small(folder):
    return material(folder, "small")


@pytest.fixture(scope="module")
def drawn(bundled):
    return {width: module.figure4(bundled, DEFAULT, width=width) for width in WIDTHS}


@pytest.mark.parametrize("width", WIDTHS)
def test_it_can_be_read_at_the_width_of_a_column(drawn, width):
    figure = drawn[width].figure
    assert width_mm(figure) == pytest.approx(WIDTHS[width])
    assert_readable(figure)
    assert set("abcdef") <= set(texts_of(figure))
    assert {"Monday", "Sunday", "US-101", "SR-134", "N", "10 km"} <= set(texts_of(figure))


def test_every_cluster_is_numbered_beside_its_sensors(drawn):
    texts = texts_of(drawn["double"].figure)
    assert {str(number) for number in range(15)} <= set(texts)


def test_the_two_carriageways_of_one_road_are_found(drawn):
    case = drawn["single"].case
    assert case == drawn["double"].case
    one, other = case["clusters"]
    assert len(set(case["freeways"])) == 1
    assert case["roads"][str(one)][:-1] == case["roads"][str(other)][:-1]
    assert case["roads"][str(one)] != case["roads"][str(other)]
    assert sum(case["sizes"]) == 207
    means = [mean for _, mean in case["congested"]["ranked"]]
    assert means == sorted(means)


def test_a_cluster_has_one_colour_in_every_panel_and_in_the_explorer(drawn, bundled):
    labels, coordinates = bundled.clusters(), bundled.spatial_coordinates()
    colours = cluster_colours(bundled.info.sensors, coordinates, labels)
    panels = drawn["double"].figure.axes
    lines = {line.get_label(): line.get_color() for line in panels[5].get_lines()}
    chosen = (*drawn["double"].case["clusters"], drawn["double"].case["congested"]["cluster"])
    assert {f"cluster {k}": colours[k] for k in chosen}.items() <= lines.items()
    boxes = {
        (text.get_text(), to_hex(text.get_bbox_patch().get_facecolor()))
        for axes in panels for text in axes.texts
        if text.get_text().isdigit() and text.get_bbox_patch() is not None
    }  # fmt: skip
    assert boxes == {(str(k), colour) for k, colour in enumerate(colours)}


def test_forecasts_are_called_forecasts(drawn):
    assert "Forecasts of the model, 5 minutes ahead, instead of readings" in drawn["single"].caption


@pytest.mark.parametrize("width", WIDTHS)
def test_a_city_without_roads_and_dates_is_drawn_for_given_clusters(folder, width):
    bare = material(folder, f"bare-{width}", info=without_roads())
    told = module.figure4(bare, GIVEN, width=width)
    assert_readable(told.figure)
    texts = texts_of(told.figure)
    assert {"Day 0", "Day 6", "day", "two clusters", "speed"} <= set(texts)
    assert "bound" not in told.caption + "".join(texts)


def without_places():
    """The made-up city, of whose sensors only the ids are known."""
    info = made_up.city_info()
    return replace(info, sensors=Sensors(info.sensors.ids))


def test_without_roads_near_and_unlike_clusters_are_shown(folder):
    told = module.figure4(material(folder, "roadless", info=without_roads()), FEW, width="single")
    assert_readable(told.figure)
    assert set("abcdef") <= set(texts_of(told.figure))
    assert "least of all near clusters" in told.caption
    assert "carriageway" not in told.caption + "".join(texts_of(told.figure))
    assert -1 <= 1 - told.case["score"] <= 1


@pytest.mark.parametrize("width", WIDTHS)
def test_without_places_what_needs_no_map_is_drawn(folder, width):
    bare = material(folder, f"placeless-{width}", info=without_places())
    told = module.figure4(bare, FEW, width=width)
    assert_readable(told.figure)
    assert "N" not in texts_of(told.figure)
    assert told.caption.endswith(
        "The paper's panels d and e are omitted because the locations of the sensors are not known."
    )
    assert "least of all clusters" in told.caption
    with pytest.raises(AnalysisError, match="panel d cannot be drawn because the locations"):
        module.figure4(bare, replace(FEW, panels={"4": ("d",)}), width=width)


def test_without_data_and_track_the_week_is_left_out_in_words(folder):
    told = module.figure4(material(folder, "alone", track=False), FEW, width="single")
    assert told.caption.endswith(
        "The paper's panel f is omitted because there are neither readings nor a track."
    )
    assert_readable(told.figure)


def test_clusters_can_be_given(small):
    given = replace(FEW, cases={"4": Case(clusters=(5, 2, 4))})
    case = module.figure4(small, given, width="single").case
    assert sorted(case["clusters"]) == [2, 5]
    assert case["congested"]["cluster"] == 4
    assert case["given"] is case["congested"]["given"] is True


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (Case(clusters=(0, 6)), "no cluster 6; choose 0 to 5"),
        (Case(clusters=(0, 1, 9)), "no cluster 9"),
        (Case(date="2024-02-01"), "2024-02-01 is not one of the available days"),
    ],
)
def test_what_is_given_must_be_there(small, case, said):
    with pytest.raises(AnalysisError, match=said):
        module.figure4(small, replace(FEW, cases={"4": case}), width="single")


@pytest.mark.parametrize("part", ["E_t", "TMP", "E_s", "SMP"])
def test_a_model_without_these_meta_parameters_says_so(folder, part):
    config = replace(made_up.CONFIG, ablate=part)
    ablated = material(folder, f"without-{part}", track=False, config=config)
    with pytest.raises(AnalysisError, match=f"trained without {part}, so it has no "):
        module.figure4(ablated, FEW, width="single")


def test_one_carriageway_of_each_road_is_drawn_on_the_map(bundled, drawn):
    def count(settings):
        axes = module.figure4(bundled, settings, width="double").figure.axes[3]
        return max(len(dots.get_offsets()) for dots in axes.collections[-1:])

    south = count(replace(DEFAULT, carriageway="south and west"))
    north = max(len(d.get_offsets()) for d in drawn["double"].figure.axes[3].collections[-1:])
    assert north + south == len(bundled.info.sensors)


VARIANTS = {
    "paper": {"scale": "paper"},
    "spread": {"scale": "spread", "hours": "day", "day": 6},
    "mean": {"hours": "mean"},
    "k-means": {"method": "kmeans", "seed": 3},
    "one pool": {"pool": "gate", "bias": False, "layer": 1},
    "many": {"clusters": 25, "carriageway": "south and west"},
    "few": {"clusters": 2, "cases": {"4": Case(clusters=(0, 1))}},
}


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_it_can_be_read_whatever_the_settings(bundled, variant, width):
    told = module.figure4(bundled, FigureSettings(**VARIANTS[variant]), width=width)
    assert_readable(told.figure)
    if variant == "paper":
        assert any(patch.get_hatch() for patch in told.figure.axes[1].patches)


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
def test_it_can_be_read_with_its_own_projection(bundled, width, monkeypatch):
    monkeypatch.setattr(module, "tsne", tsne)
    assert_readable(module.figure4(bundled, DEFAULT, width=width).figure)


@pytest.mark.slow
def test_with_the_data_set_readings_are_drawn(data_dir):
    told = module.figure4(load_material("metr-la", data_dir=data_dir), DEFAULT, width="single")
    assert "Readings for 2012-03-01 to 2012-03-07." in told.caption
    assert_readable(told.figure)
    speeds = told.figure.axes[5].get_lines()[0].get_ydata()
    assert 0 < np.nanmin(speeds) < np.nanmax(speeds) < 80
