"""Settings of the figures: they survive JSON, and what is impossible is named in one sentence."""

import json

import pytest

from analysis.errors import AnalysisError
from analysis.paper.settings import Case, FigureSettings, with_case, with_panels
from analysis.paper.settings_file import read_settings, read_width

OWN = FigureSettings(
    pool="gate",
    layer=1,
    measure="rescaled",
    periods={"dawn": (4, 6.5)},
    cases={"4": Case((1, 2, 3)), "5": Case(sensors=("a", "b"), date="2012-03-02")},
    panels={"4": ("a", "b", "e"), "7": ("c",)},
    font="STIXGeneral",
    svg_text=True,
)


def test_settings_survive_json():
    assert FigureSettings.from_dict(json.loads(json.dumps(OWN.to_dict()))) == OWN


def test_equal_settings_are_written_in_equal_words():
    whole, broken = FigureSettings(perplexity=20), FigureSettings(perplexity=20.0)
    for settings in (whole, OWN, FigureSettings()):
        words = json.dumps(settings.to_dict())
        assert json.dumps(FigureSettings.from_dict(json.loads(words)).to_dict()) == words
    assert json.dumps(whole.to_dict()) == json.dumps(broken.to_dict())


def test_what_a_file_leaves_out_has_its_default(tmp_path):
    path = tmp_path / "own.json"
    path.write_text('{"seed": 7}')
    assert read_settings(path) == FigureSettings(seed=7)
    assert read_width(path) is None


def test_a_whole_figures_json_is_settings_too(tmp_path):
    path = tmp_path / "figures.json"
    told = {"settings": OWN.to_dict(), "figures": {"5": {"width_mm": 84.0}}}
    path.write_text(json.dumps(told))
    assert read_settings(path) == OWN
    assert read_width(path) == 84


def test_layers_count_from_one():
    assert FigureSettings(layer=1).space.layer == 0
    assert FigureSettings().space.layer == "all"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"colour": 1}, "no setting 'colour'; choose from bias"),
        ({"pool": "candidate"}, "'pool' is 'candidate'; choose gate, update, both"),
        ({"measure": ["raw"]}, "'measure' is .'raw'.; choose centred"),
        ({"carriageway": "both"}, "'carriageway' is 'both'; choose north and east"),
        ({"perplexity": float("nan")}, "'perplexity' is nan; choose 1 to 1000"),
        ({"clusters": 1}, "'clusters' is 1; choose 2 to 25"),
        ({"each": 11}, "'each' is 11; choose 1 to 10"),
        ({"day": True}, "'day' is True; choose 0 to 6"),
        ({"seed": 1.5}, "'seed' is 1.5"),
        ({"layer": "first"}, "'layer' is 'first'"),
        ({"bias": 1}, "'bias' is 1; choose true or false"),
        ({"periods": {}}, "0 periods are given; choose 1 to 4"),
        ({"periods": {"night": [22, 2]}}, "'night' is from 22 to 2 h; choose hours from 0"),
        ({"periods": {"night": 3}}, "settings are invalid: .periods. is 3"),
        ({"periods": [1]}, "settings are invalid"),
        ({"cases": {"5": {"road": "x"}}}, "settings are invalid"),
        ({"cases": {"2": {}}}, "no figure '2'; choose 1, 3"),
        ({"cases": {"5": {"clusters": [1, 2, 3]}}}, "figure 5 takes two different clusters"),
        ({"cases": {"4": {"clusters": [1, 1]}}}, "figure 4 takes two or three different"),
        ({"cases": {"6": {"sensors": ["a"]}}}, "figure 6 takes 2 to 20 different sensors"),
        ({"cases": {"6": {"sensors": ["a", "a"]}}}, "different sensors, not a, a"),
        ({"panels": {"4": ["g"]}}, "figure 4 has no panel 'g'; choose from a, b, c, d, e, f"),
        ({"panels": {"4": []}}, "no panel of figure 4 is chosen"),
        ({"panels": {"4": ["a", "a"]}}, "chosen twice, a, a; choose each once"),
        ({"panels": {"2": ["a"]}}, "no figure '2'"),
        ({"panels": {"4": "abc"}}, "settings are invalid: 'panels' is 'abc'"),
        ({"panels": ["a"]}, "settings are invalid"),
        ({"font": ""}, "'font' is ''; choose the name of a font"),
        ({"font": "a" * 61}, "'font' is 'aaa.* choose the name of a font"),
        ({"font": 3}, "'font' is 3; choose the name of a font"),
        ({"font": "A\x1bB"}, "choose the name of a font"),
        ({"svg_text": "yes"}, "'svg_text' is 'yes'; choose true or false"),
        ({"cases": {"6": {"date": "1 March"}}}, "'1 March' is not a date; write it as 2012-03-01"),
    ],
)
def test_what_is_impossible_is_said_in_one_sentence(given, said):
    with pytest.raises(AnalysisError, match=said) as caught:
        FigureSettings.from_dict(given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["{", "[1]", '"text"', None])
def test_a_file_that_is_no_settings_is_named(tmp_path, content):
    path = tmp_path / "own.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(AnalysisError, match=r"own\.json (cannot be read|must contain)"):
        read_settings(path)


def test_what_is_given_goes_over_what_the_file_says():
    changed = with_case(OWN, ("5", "6"), Case(clusters=(3, 6)))
    assert changed.case("5") == Case((3, 6), ("a", "b"), "2012-03-02")
    assert changed.case("6") == Case((3, 6))
    assert changed.case("4") == OWN.case("4")
    assert with_case(OWN, ("5",), Case()) == OWN


def test_all_panels_are_drawn_unless_some_are_chosen():
    assert FigureSettings().panels_of("4") == ("a", "b", "c", "d", "e", "f")
    assert OWN.panels_of("5") == ("a", "b", "c", "d")
    changed = with_panels(OWN, ("4", "5"), ("d", "a"))
    assert changed.panels_of("4") == changed.panels_of("5") == ("a", "d")
    assert changed.panels_of("7") == ("c",)


def read_both(path):
    read_settings(path)
    read_width(path)


HUGE = "9" * 400
DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    "text",
    [
        *(f'{{"{name}": {{}}}}' for name in ("perplexity", "seed", "clusters", "layer", "each")),
        '{{"periods": {{"night": [0, {}]}}}}',
        '{{"periods": {{"night": {}}}}}',
        '{{"cases": {{"5": {{"clusters": [0, {}]}}}}}}',
        '{{"cases": {{"5": {{"sensors": ["a", {}]}}}}}}',
        '{{"cases": {{"5": {{"date": {}}}}}}}',
        '{{"cases": {}}}',
        '{{"pool": {}}}',
        '{{"font": {}}}',
        '{{"panels": {{"4": [{}]}}}}',
        '{{"settings": {}}}',
        '{{"figures": {{"5": {{"width_mm": {}}}}}}}',
        "{}",
    ],
)
@pytest.mark.parametrize(
    "value",
    [HUGE, "-" + HUGE, HUGE + ".5", "1e999", "Infinity", "NaN", DEEP, '"' + HUGE + '"', "2.5e8"],
    ids=["digits", "minus", "fraction", "exponent", "inf", "nan", "deep", "text", "nonsense"],
)
def test_numbers_and_depths_beyond_all_bounds_are_one_short_sentence(tmp_path, text, value):
    path = tmp_path / "own.json"
    path.write_text(text.replace("{}", value).replace("{{", "{").replace("}}", "}"))
    with pytest.raises(AnalysisError) as caught:
        read_both(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "given",
    [
        {"periods": {"night": "12"}},
        {"periods": {"night": ["1", "2"]}},
        {"periods": {"night": [1, 2, 3]}},
        {"periods": {"night": [True, 2]}},
        {"periods": {"": [1, 2]}},
        {"periods": {"a\x1b": [1, 2]}},
        {"periods": {"a" * 41: [1, 2]}},
        {"cases": {"5": {"clusters": "12"}}},
        {"cases": {"5": {"clusters": [1.7, 2]}}},
        {"cases": {"5": {"clusters": [True, 2]}}},
        {"cases": {"5": {"clusters": ["1", "2"]}}},
        {"cases": {"5": {"clusters": [-1, 2]}}},
        {"cases": {"5": {"clusters": [1, 25]}}},
        {"cases": {"5": {"sensors": "ab"}}},
        {"cases": {"5": {"sensors": [1.5, None]}}},
        {"cases": {"5": {"date": 20120301}}},
        {"cases": {"5": {"date": "12345678"}}},
        {"cases": {"5": {"date": "\u0663"}}},
        {"cases": {"5": []}},
        {"cases": None},
    ],
)
def test_what_only_looks_like_a_setting_is_not_taken_for_one(given):
    with pytest.raises(AnalysisError):
        FigureSettings.from_dict(given)


@pytest.mark.parametrize(
    "figures",
    [
        {"5": {"width_mm": 85}},
        {"5": {"width_mm": 0}},
        {"5": {"width_mm": True}},
        {"5": {"width_mm": "84"}},
        {"5": {"width_mm": [84]}},
        {"5": {}},
        {"5": None},
        {"5": {"width_mm": 84}, "6": {"width_mm": 178}},
        [84],
        "wide",
    ],
)
def test_a_width_that_no_column_has_is_refused(tmp_path, figures):
    path = tmp_path / "figures.json"
    path.write_text(json.dumps({"settings": {}, "figures": figures}))
    with pytest.raises(AnalysisError, match="all must have 84 or 178 mm"):
        read_width(path)
