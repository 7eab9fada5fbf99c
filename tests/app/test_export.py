"""What is exported from a chart draws the same chart again."""

import json
import re
import shlex
from urllib.parse import parse_qs, urlsplit

import plotly.graph_objects as go
import pytest

from analysis.figures.page import page_of
from app.cli import main
from app.cli.draw import charts_of
from tests.app.drawn import charts

pytestmark = pytest.mark.slow

QUERY = {"clusters": "5", "method": "k-means", "selection": ["S001", "S004"]}


def commands(app) -> list[str]:
    """Return the commands that a page offers below its charts."""
    return [code.value for code in app.get("code") if code.value.startswith("python -m app")]


def same(one: dict, other: dict) -> bool:
    """Whether two figures draw the same traces."""
    return json.dumps(one["data"], sort_keys=True) == json.dumps(other["data"], sort_keys=True)


@pytest.mark.parametrize("page", ["temporal", "spatial"])
def test_the_command_below_a_chart_draws_the_same_chart(explorer, tmp_path, monkeypatch, page):
    app = explorer("city", page, **QUERY)
    shown = charts(app)
    offered = commands(app)
    assert offered
    monkeypatch.chdir(tmp_path)
    words = shlex.split(offered[0].replace(".html", ".json"))
    assert words[:3] == ["python", "-m", "app"]
    assert main(words[3:]) == 0
    key = words[words.index("--chart") + 1]
    assert same(json.loads((tmp_path / f"{key}.json").read_text()), shown[key])


def test_the_command_has_the_checkpoint_and_every_setting_of_the_link(explorer):
    told = shlex.split(commands(explorer("city", "spatial", **QUERY))[0])
    asked = parse_qs(urlsplit(told[told.index("draw") + 1]).query)
    assert asked == {"checkpoint": ["city"], "clusters": ["5"], "method": ["k-means"]} | {
        "selection": ["S001", "S004"]
    }


def test_a_link_with_signs_of_a_shell_stays_one_word(explorer):
    told = shlex.split(commands(explorer("city", "temporal", note="'; rm -rf ~ #"))[0])
    assert "note" in parse_qs(urlsplit(told[4]).query)
    assert told[5:] == ["--chart", "hours", "--out", "hours.html"]


def test_a_chart_as_a_page_asks_for_nothing_else():
    page = page_of(go.Figure(go.Scatter(x=[1, 2], y=[3, 4], name="a line")))
    assert "a line" in page
    assert not re.findall(r"<(?:script|link|img)[^>]+(?:src|href)\s*=", page)


def test_charts_of_a_link_are_those_of_its_page(explorer):
    shown = charts(explorer("city", "temporal"))
    assert set(charts_of("http://localhost:8501/temporal?checkpoint=city")) == set(shown)


def test_what_is_drawn_names_whose_data_it_shows(tmp_path):
    out = tmp_path / "hours.html"
    link = "temporal?checkpoint=metr-la"
    assert main(["draw", link, "--chart", "hours", "--out", str(out)]) == 0
    assert "<p>Data: Zenodo record 5724362" in out.read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere"], "no page 'nowhere'; choose one of: "),
        (["temporal?checkpoint=city", "--chart", "x", "--out", "x.html"], "its charts: hours"),
        (["temporal", "--chart", "hours"], "--chart and --out belong together"),
        (["temporal", "--chart", "hours", "--out", "x.bmp"], "must end in .html or .json"),
        (["temporal?checkpoint=without-E_t"], "the page says"),
        (["temporal?checkpoint=lost"], "no checkpoint 'lost'"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(explorer, capsys, arguments, told):
    explorer("city")  # lays the checkpoints out
    assert main(["draw", *arguments]) == 1
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1
