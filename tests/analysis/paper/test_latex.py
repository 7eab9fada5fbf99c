"""LaTeX beside the figures: an environment for each, in which no text from a file is a command."""

import re
import shutil
import subprocess

import pytest

from analysis.paper.latex import latex_file
from tests.hostile import TEXTS

TOLD = {
    "figure": "4",
    "width_mm": 84.0,
    "checkpoint_sha256": "ab" * 32,
    "dataset": "METRLA",
    "caption": "(a) 50 % of the sensors of US-101.",
}
HOSTILE = [
    *TEXTS.values(),
    r"\input{/etc/passwd}",
    r"\write18{touch PWNED}",
    "}\\end{figure}",
    "% the rest",
    "a_b^c",
    "$x$",
    "^^5cinput",
    "line\nbreak\r\n\\par",
    "\x1b[31m\u202e",
]
COMMANDS = {
    "usepackage", "begin", "centering", "includegraphics", "caption", "label", "end",
    "textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater", "textbar",
    "symbol",
}  # fmt: skip


def text(formats=("pdf",), **more):
    return latex_file(TOLD | more, formats)[1].decode()


def test_it_is_a_figure_with_its_file_its_width_a_caption_and_a_label():
    name, content = latex_file(TOLD, ["pdf", "svg"])
    assert name == "figure4.tex"
    lines = [line.strip() for line in content.decode().splitlines()]
    assert lines[1:4] == [
        "\\begin{figure}[tb]",
        "\\centering",
        "\\includegraphics[width=84mm]{figure4.pdf}",
    ]
    caption = (
        "(a) 50 \\% of the sensors of US-101. Model trained on METR-LA, checkpoint abababababab."
    )
    assert lines[4:] == [f"\\caption{{{caption}}}", "\\label{fig:himnet-4}", "\\end{figure}"]


def test_a_wide_figure_spans_both_columns():
    assert "\\begin{figure*}" in text(width_mm=178.0)
    assert "\\end{figure*}" in text(width_mm=178.0)


@pytest.mark.parametrize(
    ("formats", "included"),
    [(["svg", "png"], "figure4.png"), (["png", "pdf"], "figure4.pdf"), (["svg"], "figure4.pdf")],
)
def test_what_latex_can_include_is_included(formats, included):
    assert f"{{{included}}}" in text(formats)


def test_a_figure_of_results_names_no_checkpoint():
    assert "checkpoint" not in text(figure="7")


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("part", ["caption", "dataset"])
def test_no_text_from_a_file_is_anything_but_text(part, hostile):
    content = text(**{part: hostile})
    assert len(content.splitlines()) == 7
    assert set(re.findall(r"\\([A-Za-z]+)", content)) <= COMMANDS
    bare = re.sub(r"\\[^A-Za-z]", "", content)  # without escaped signs
    assert bare.count("{") == bare.count("}")
    assert bare.count("%") == 1  # of the first line
    assert not set("$&#_^~\x1b\u202e") & set(bare)
    depth = 0
    for sign in bare:
        depth += (sign == "{") - (sign == "}")
        assert depth >= 0
    assert depth == 0


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on this machine")
def test_latex_itself_finds_no_error_whatever_the_texts(tmp_path):
    every = ["".join(map(chr, range(32, 127))), "".join(map(chr, range(0xA0, 0x180))), "深圳 −θ…"]
    figures = [text(caption=hostile, dataset=hostile) for hostile in (*HOSTILE, *every)]
    begin = "\\documentclass{article}\\usepackage[draft]{graphicx}\\begin{document}\\listoffigures"
    lines = [begin, *(f"{figure}\\clearpage" for figure in figures), "\\end{document}"]
    (tmp_path / "all.tex").write_text("\n".join(lines))
    for _ in range(2):  # the second run reads the captions from the list of figures
        words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
        found = subprocess.run(words, cwd=tmp_path, capture_output=True, check=False, timeout=120)
        assert found.returncode == 0, found.stdout[-2000:]
    assert {path.stem for path in tmp_path.iterdir()} == {"all"}
