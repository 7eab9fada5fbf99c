"""The benchmark of the pages judges what it measured, and runs in its smallest mode."""

import json
import os
import subprocess
import sys

import pytest

from benchmarks.app_server import ROOT
from benchmarks.pages import FIRST_PAGE_S, WIDGET_S, WIDGETS, judge, print_report


def test_a_target_is_met_by_the_median_and_the_slowest_run_is_told(capsys):
    measured = {
        "first_page_s": [FIRST_PAGE_S - 1, FIRST_PAGE_S + 9, FIRST_PAGE_S - 2],
        "widgets_s": {"temporal": {"pool": [WIDGET_S + 1, WIDGET_S + 2, 0.1]}},
    }
    first, pool = judge(measured)
    assert (first["met"], first["slowest_s"]) == (True, FIRST_PAGE_S + 9)
    assert (pool["met"], pool["median_s"]) == (False, WIDGET_S + 1)
    told = {"machine": {"cores": 2}, "peak_mb": None, "torch": None, "verdicts": [first, pool]}
    print_report(told)
    printed = capsys.readouterr().out
    assert "| yes |" in printed
    assert "| no  |" in printed


def test_one_or_two_widgets_of_every_page_are_timed():
    assert {widget.page for widget in WIDGETS} == {"temporal", "spatial", "st_mixed"}


@pytest.mark.browser
def test_the_benchmark_runs_and_writes_what_it_measured(browser, tmp_path):
    file = tmp_path / "pages.json"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.pages", "--rounds=1", "--runs=1", "--json", str(file)],
        cwd=ROOT,
        env=os.environ | {"HIMNET_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(file.read_text(encoding="utf-8"))
    assert len(result["verdicts"]) == 1 + len(WIDGETS)
    assert all(verdict["median_s"] > 0 for verdict in result["verdicts"])
    assert not result["torch"]
