"""Texts from outside in every medium: shown as they are, never taken for anything else."""

import csv
import html
import io
import json
import re
import shlex
import subprocess

import jinja2
import pytest

from himnet import texts
from tests.hostile import TEXTS

PLAIN = ("METRLA", "US-101 N", "773869", "pedestrians/h", "St. Kilda (north)", "深圳", "sensor_12")
every = pytest.mark.parametrize("text", [*TEXTS.values(), *PLAIN])


def without_escapes(told):
    """What Markdown of escaped punctuation and of code spans shows."""
    code = re.compile(r"(?<!\\)(`+)(?!`)( ?)(.*?[^`])\2\1(?!`)")
    shown, at = "", 0
    for found in code.finditer(told):
        shown += re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", told[at : found.start()]) + found[3]
        at = found.end()
    return shown + re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", told[at:])


@every
def test_markdown_shows_the_text(text):
    assert without_escapes(texts.markdown(text)) == text


@every
def test_no_sign_of_markdown_is_left_outside_of_code(text):
    outside = re.sub(r"(?<!\\)(`+)(?!`).*?[^`]\1(?!`)", "", texts.markdown(text))
    assert not re.search(r"(?<!\\)[*\[\]<>$&|~#`]", outside.replace("\\\\", ""))
    assert "://" not in outside.replace("\\", "")


@pytest.mark.parametrize(
    "text", ["1.", "12) x", "-", "+ x", "---", "===", "# x", "> x", "~~~", "_a_"]
)
def test_no_text_begins_a_list_a_heading_or_a_rule(text):
    assert texts.markdown(text).split(" ")[0] in (
        "1\\.", "12\\)", "\\-", "\\+", "\\---", "\\===", "\\#", "\\>", "\\~\\~\\~", "\\_a\\_"
    )  # fmt: skip


@every
def test_html_and_plotly_show_the_text(text):
    for told in (texts.html(text), texts.plotly(text)):
        assert html.unescape(told) == text
        assert not set("<>") & set(told)
    assert '"' not in texts.html(text)
    assert not set("$%") & set(texts.plotly(text))


def test_plain_names_stay_readable_in_every_medium():
    assert texts.markdown("Melbourne pedestrians") == "Melbourne pedestrians"
    assert texts.plotly("US-101 N") == texts.html("US-101 N") == "US-101 N"
    assert texts.command("python", "-m", "himnet", "info", "metr-la") == (
        "python -m himnet info metr-la"
    )


SIGNS = {r"\textbackslash{}": "\\", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^",
         r"\textless{}": "<", r"\textgreater{}": ">", r"\textbar{}": "|",
         r"\symbol{34}": '"'}  # fmt: skip


def typeset(told):
    """What LaTeX typesets of escaped text."""
    known = re.compile("|".join(map(re.escape, SIGNS)) + r"|\\[{}$&#%_]|\{\}|\[U\+[0-9A-F]{4,6}\]")

    def shown(found):
        if found[0].startswith("[U+"):
            return chr(int(found[0][3:-1], 16))
        return SIGNS.get(found[0], "" if found[0] == "{}" else found[0][1:])

    return known.sub(shown, told)


@every
def test_latex_typesets_the_text_and_nothing_else(text):
    told = texts.latex(text)
    assert typeset(told) == text
    known = "|".join(map(re.escape, SIGNS))
    assert not set("\\{}$&#%_^~<>|") & set(re.sub(rf"{known}|\\[{{}}$&#%_]|\{{\}}", "", told))


def test_latex_knows_no_ligature_no_second_line_and_no_control_character():
    assert texts.latex("a--b ''c'' ,,d ?`e") == "a-{}-b '{}'c'{}' ,{},d ?{}`e"
    assert texts.latex("one\n\n\\par two\x1b\u202e") == (
        r"one \textbackslash{}par two[U+FFFD][U+FFFD]"
    )
    assert texts.latex("Zürich 5–6 h, 20 °C") == "Zürich 5–6 h, 20 °C"


@every
def test_a_command_takes_each_word_for_one_argument(text):
    assert shlex.split(texts.command("info", text, "--json")) == ["info", text, "--json"]


@pytest.mark.parametrize("text", ["=1+1", "+a", "-b", "@c", "=", " =1+1", "-1e", "--"])
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert texts.csv_cell(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["-1.5", "+2", "-1e-3", "1+1", "a=b", "", -1.5, None, "-inf"])
def test_other_cells_stay_as_they_are(cell):
    assert texts.csv_cell(cell) is cell


def test_cells_survive_a_csv_file():
    cells = [texts.csv_cell(text) for text in TEXTS.values()]
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    assert next(csv.reader(io.StringIO(written.getvalue()))) == cells


@every
def test_json_in_a_page_closes_no_script_and_begins_no_template(text):
    data = {"a": [{"b": text, text: [[{}]]}], "}}": "{{", "c": {"d": {"e": {}}}}
    told = texts.script_json(data)
    assert json.loads(told) == data
    assert "<" not in told
    # even where it were read as a template
    assert jinja2.Template(told).render() == told


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_json_in_a_page_holds_no_number_that_json_lacks(number):
    with pytest.raises(ValueError, match="JSON"):
        texts.script_json([number])


def test_a_line_is_one_line_of_printable_signs():
    assert texts.line("a\n\tb\x1b[31m\u202ec") == "a b\N{REPLACEMENT CHARACTER}[31m�c"
    assert texts.line("深圳  x") == "深圳 x"
    for told in (texts.markdown("a\nb"), texts.html("a\x00b")):
        assert told.isprintable()


@pytest.mark.parametrize(
    "word", ["two  spaces", "a\nb", "a\tb", "\x1b[31m", "é\u202e", "\u00a0", "'\n\\"]
)
def test_a_command_names_just_what_it_means(word):
    told = texts.command("info", word)
    assert told.isprintable()
    shown = subprocess.run(
        ["bash", "-c", f"printf %s {told.removeprefix('info ')}"], capture_output=True, check=True
    )
    assert shown.stdout.decode() == word


def test_a_path_is_no_option():
    assert shlex.split(texts.command("track", texts.operand("-rf"))) == ["track", "./-rf"]
    assert texts.operand("metr-la") == "metr-la"
