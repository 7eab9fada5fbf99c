"""What pages share, what a link restores, and what a broken link must not do."""

import pytest

from himnet.checkpoints import load_arrays
from tests.app.conftest import go, texts
from tests.app.drawn import charts, circles, clusters, map_script
from tests.app.test_pages import PARTS, TITLES

pytestmark = pytest.mark.slow

SLOW = pytest.mark.slow
IN_URL = {  # the names under which pages keep their settings in the URL
    "temporal": (
        *("pool", "layer", "bias", "method", "perplexity", "seed"),
        *("colour", "variant", "day", "scale", "part"),
    ),
    "spatial": ("pool", "layer", "bias", "method", "perplexity", "seed"),
    "st_mixed": ("pool", "layer", "bias", "scale"),
}
PREFIX = {"temporal": "t", "spatial": "s", "st_mixed": "st"}
WITHOUT_PREFIX = (
    *("clusters", "method", "cluster-seed", "colour", "focus", "carriageway", "apart", "zoom"),
    *("week", "order", "measure", "day", "date", "time", "compare", "cluster-a", "cluster-b"),
    *("each", "sensors", "like", "charts"),
)
NONSENSE = ["", "0", "1e309", "<script>"]
MORE_NONSENSE = ["-1", "999999999999999999999", "nan", "[]", "é\u202e\x00"]


def everything(value):
    """Return a query that gives every setting of every page the same value."""
    own = {f"{PREFIX[page]}-{name}": value for page, names in IN_URL.items() for name in names}
    return own | dict.fromkeys(WITHOUT_PREFIX, value)


@pytest.mark.slow
def test_the_names_in_the_url_are_those_of_the_widgets(explorer):
    known = set(everything(""))
    for checkpoint in ("city", "layered"):
        for page in PARTS:
            app = explorer(checkpoint, page)
            kinds = ("selectbox", "slider", "number_input", "toggle", "segmented_control")
            widgets = {w.key for kind in kinds for w in getattr(app.main, kind)}
            assert widgets <= known


@pytest.mark.parametrize(
    "value",
    NONSENSE + [pytest.param(value, marks=SLOW) for value in MORE_NONSENSE],
)
@pytest.mark.parametrize("page", PARTS)
def test_nonsense_in_a_link_opens_the_page_and_never_shows_a_trace(explorer, page, value):
    app = explorer("city", page, **everything(value))
    assert not app.exception
    assert not app.error
    assert [title.value for title in app.title] == [TITLES[page]]


@pytest.mark.parametrize("page", PARTS)
def test_several_values_where_one_is_meant_open_the_page(explorer, page):
    app = explorer("city", page, **everything(["0", "1", "2"]))
    assert not app.exception
    assert [title.value for title in app.title] == [TITLES[page]]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "", "nobody", "city/.."])
def test_a_checkpoint_that_is_not_on_the_list_is_not_opened(explorer, name):
    app = explorer(name)
    assert not app.exception
    assert app.selectbox(key="checkpoint").value == "metr-la"


def test_a_link_restores_the_spatial_page(explorer):
    link = {
        "clusters": "5",
        "method": "k-means",
        "cluster-seed": "3",
        "s-pool": "gate only",
        "s-bias": "false",
        "s-perplexity": "12",
        "carriageway": "south- and westbound",
        "apart": "false",
        "order": "road",
    }
    app = explorer("city", "spatial", **link)
    assert app.slider(key="clusters").value == 5
    assert app.selectbox(key="method").value == "kmeans"
    assert app.number_input(key="cluster-seed").value == 3
    assert app.selectbox(key="s-pool").value == "gate"
    assert app.toggle(key="s-bias").value is False
    assert app.segmented_control(key="order").value == "road"
    drawn = charts(app)["sensors"]
    assert len(set(clusters(drawn).values())) == 5
    assert drawn["layout"]["meta"]["perplexity"] == 12
    assert len(circles(map_script(app))) == 12  # of 24: half of them go the other way


def test_a_link_restores_which_clusters_are_looked_at(explorer):
    app = explorer("city", "spatial", clusters="5", focus=["1", "4"])
    assert app.multiselect(key="focus").value == [1, 4]
    assert set(app.dataframe[0].value["cluster"]) == {1, 4}


def test_a_link_restores_the_st_mixed_page(explorer):
    link = {"time": "17:30", "compare": "any sensors", "sensors": ["S003", "S007"]}
    app = explorer("city", "st_mixed", **link, measure="raw", day="Tuesday, 2 January 2024")
    assert app.select_slider(key="time").value == "17:30"
    assert list(app.dataframe[0].value["sensor"]) == ["S003", "S007"]
    assert app.segmented_control(key="measure").value == "raw"
    assert app.selectbox(key="day").value == 19_724


def test_a_link_restores_the_temporal_page(explorer):
    app = explorer(
        "city", "temporal", **{"t-variant": "one day", "t-day": "Saturday", "t-pool": "gate only"}
    )
    assert app.selectbox(key="t-variant").value == "day"
    assert app.selectbox(key="t-day").value == 5
    assert "Shown: one day: Saturday" in texts(app)


def test_clusters_of_one_page_are_those_of_the_next(explorer):
    app = explorer("city", "spatial")
    app.slider(key="clusters").set_value(7)
    app.selectbox(key="method").set_value("kmeans")
    app.selectbox(key="s-pool").set_value("update")
    app.toggle(key="s-bias").set_value(False)
    app.number_input(key="cluster-seed").set_value(4)
    before = clusters(charts(app.run())["sensors"])
    app = go(app, "st_mixed")
    assert app.slider(key="clusters").value == 7
    assert app.selectbox(key="method").value == "kmeans"
    assert len(app.selectbox(key="cluster-a").options) == 7
    app = go(go(app, "temporal"), "spatial")
    assert clusters(charts(app)["sensors"]) == before
    assert app.selectbox(key="s-pool").value == "update"
    assert app.toggle(key="s-bias").value is False
    assert app.number_input(key="cluster-seed").value == 4


def test_clusters_chosen_on_the_st_mixed_page_reach_the_spatial_one(explorer):
    app = explorer("city", "st_mixed")
    app.slider(key="clusters").set_value(3)
    app = go(app.run(), "spatial")
    assert set(clusters(charts(app)["sensors"]).values()) == {0, 1, 2}


@pytest.mark.parametrize("page", PARTS)
def test_choosing_another_checkpoint_changes_the_page_one_is_on_and_all_others(explorer, page):
    app = explorer("city", page)
    before = charts(app)
    app.selectbox(key="checkpoint").set_value("dateless").run()
    after = charts(app)
    assert set(before) == set(after)
    assert not any(before[name] == after[name] for name in before)
    sums = {figure["layout"]["meta"]["checkpoint"] for figure in after.values()}
    assert len(sums) == 1
    for other in PARTS:
        drawn = charts(go(app, other))
        assert {figure["layout"]["meta"]["checkpoint"] for figure in drawn.values()} == sums


@pytest.mark.parametrize(
    "other", ["bare", "without-E_s", *(pytest.param(n, marks=SLOW) for n in ("metr-la", "layered"))]
)
def test_settings_that_another_checkpoint_cannot_have_are_dropped(explorer, other):
    app = explorer("city", "spatial", clusters="20")
    app.multiselect(key="focus").set_value([17, 19]).run()
    app.segmented_control(key="colour").set_value("mean speed").run()
    app.selectbox(key="checkpoint").set_value(other).run()
    assert not app.exception
    app = go(app, "st_mixed")
    assert not app.exception
    app.selectbox(key="checkpoint").set_value("city").run()
    assert not app.exception


def test_two_visitors_with_different_checkpoints_do_not_mix(explorer, checkpoints):
    sums = {name: load_arrays(checkpoints / name).sha256 for name in ("city", "layered")}
    visitors = {name: explorer(name, "temporal") for name in sums}
    for _ in range(2):
        for name, app in visitors.items():
            drawn = charts(app.run())
            assert {f["layout"]["meta"]["checkpoint"] for f in drawn.values()} == {sums[name]}
    visitors["city"].selectbox(key="t-pool").set_value("gate").run()
    assert visitors["layered"].run().selectbox(key="t-pool").value == "both"
