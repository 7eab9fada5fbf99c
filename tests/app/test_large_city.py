"""Pages and commands of a city of very many sensors: a first view in bounded memory."""

import json
import os
import subprocess
import sys

import pytest

from analysis.limits import MOST_QUADRATIC
from app.pages import EVERY
from benchmarks.large_city_files import MOMENTS, large_city
from tests.app.conftest import texts
from tests.processes import ROOT, run_python

pytestmark = pytest.mark.load

SENSORS, MOST_MB = 20_000, 1024
EVERY_PAGE = tuple(one.file for one in EVERY)
PAGES = {
    "track": EVERY_PAGE,
    "plain": EVERY_PAGE,
    "largest": ("explore", "spatial", "st_mixed", "neighbours"),
}
TRACED = ("track", "plain")  # whose memory is counted array by array, which costs some itself
CLUSTERED = ("explore", "spatial", "st_mixed", "forecasts", "compare")  # pages with the form


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    large_city(folder / "track", SENSORS, moments=MOMENTS)
    large_city(folder / "plain", SENSORS)
    large_city(folder / "just-beyond", MOST_QUADRATIC + 1, moments=MOMENTS)
    large_city(folder / "largest", 100_000, moments=MOMENTS)
    return folder


@pytest.fixture(scope="module")
def visited(folder):
    """Visit the pages of a checkpoint in one process, once for each checkpoint."""
    found = {}

    def visit(name):
        if name not in found:
            settings = {"HIMNET_CHECKPOINTS": folder, "HIMNET_DATA_DIR": folder / "no-data"}
            done = subprocess.run(
                [sys.executable, "-m", "tests.app.visit_pages", name, *PAGES[name]],
                cwd=ROOT,
                env=os.environ
                | {key: str(value) for key, value in settings.items()}
                | {"HIMNET_TILES": "off", "OMP_NUM_THREADS": "1"}
                | {"TRACED": "yes" if name in TRACED else "no"},
                capture_output=True,
                text=True,
                check=False,
                timeout=1800,
            )
            assert done.returncode == 0, done.stderr[-2000:]
            found[name] = json.loads(done.stdout.splitlines()[-1])
        return found[name]

    return visit


@pytest.mark.parametrize("name", list(PAGES))
def test_every_page_opens_without_an_error(visited, name):
    pages = visited(name)
    assert set(pages) == set(PAGES[name])
    for page, found in pages.items():
        assert not found["exceptions"], page
        assert not found["errors"] or page in _without_what_it_shows(name), (page, found["errors"])


def _without_what_it_shows(name):
    """Return the pages that have to say that a checkpoint lacks what they show."""
    return ("tour", "st_mixed", "forecasts") if name == "plain" else ()


@pytest.mark.parametrize("name", list(PAGES))
def test_all_pages_together_stay_within_a_gigabyte(visited, name):
    assert max(found["peak_mb"] for found in visited(name).values()) < MOST_MB


@pytest.mark.parametrize("name", TRACED)
def test_no_page_holds_a_matrix_of_all_pairs_even_of_bytes(visited, name):
    held = {page: found["held"] for page, found in visited(name).items()}
    assert min(held.values()) > 0
    assert {page for page, size in held.items() if size >= SENSORS**2} == set()


@pytest.mark.parametrize("page", CLUSTERED)
def test_mini_batch_k_means_is_the_method_and_the_page_says_why(visited, page):
    found = visited("track")[page]
    assert found["options"] == [["mini-batch k-means"]]
    assert any(
        "Ward linkage is left out above 5,000 sensors; mini-batch k-means" in text
        for text in found["said"]
    )


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        ("spatial", "t-SNE of more than 5,000 sensors takes minutes"),
        ("spatial", "Shown: a random sample of 500 of the 20,000 sensors"),
        ("spatial", "The map shows a random sample of 1,000 of the 20,000 sensors"),
        ("explore", "t-SNE of more than 5,000 sensors takes minutes"),
        ("explore", "Shown: a random sample of 500 of the 20,000"),
        ("neighbours", "Each sensor is compared with the 20 most similar to it"),
        ("neighbours", "Each sensor is compared with the 20 nearest to it"),
        ("st_mixed", "For a random sample of up to 250 sensors of each group"),
        ("forecasts", "The point of each sensor is left out above 5,000 sensors"),
        ("compare", "t-SNE is left out above 5,000 sensors; the first two"),
        ("compare", "sensors permuted within neighbourhoods, 500 drawn at random"),
        ("figures", "is left out above 5,000 sensors"),
        ("why", "Running the model is left out above 5,000 sensors"),
    ],
)
def test_what_cannot_be_had_is_left_out_with_a_sentence(visited, page, sentence):
    assert any(sentence in text for text in visited("track")[page]["said"])


@pytest.fixture
def opened(explorer, folder, monkeypatch):
    """Open a page of the city that is just beyond the limit: ``opened("spatial", **query)``."""
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(folder))
    return lambda page, **query: explorer("just-beyond", page, **query)


def test_a_link_that_asks_for_ward_shows_mini_batches_and_says_so(opened):
    app = opened("spatial", method="Ward linkage")
    assert app.selectbox(key="method").value == "minibatch"
    assert "Ward linkage is left out" in texts(app)


def test_t_sne_is_drawn_after_its_button(opened, monkeypatch):
    monkeypatch.setattr("analysis.geometry.projection.tsne", lambda points, **_: points[:, :2])
    app = opened("explore")
    app.button(key="e-tsne-go").click().run()
    assert not app.exception
    assert "e-tsne-go" not in {button.key for button in app.button}
    assert "principal components" not in texts(app)


@pytest.mark.parametrize(
    ("options", "status", "sentence"),
    [
        (("figures",), 1, "is left out above 5,000 sensors"),
        (("claims",), 0, "left out above 5,000 sensors"),
        (("export", "--out", "OUT"), 0, "by mini-batch k-means in"),
        (("export", "--method", "ward", "--out", "OUT"), 0, "choose mini-batch k-means"),
        (("export", "--meta-parameters", "--out", "OUT"), 0, "theta of each sensor"),
    ],
)
def test_a_command_ends_in_bounded_memory_or_a_sentence(
    folder, tmp_path, options, status, sentence
):
    code = (
        "import sys; from analysis.cli import main; status = main(sys.argv[1:]); "
        "from tests.app.visit_pages import peak_mb; print('peak', int(peak_mb())); "
        "sys.exit(status)"
    )
    words = [str(tmp_path / "out.npz") if word == "OUT" else word for word in options]
    kept = ["--out", str(tmp_path / "figures")] if options == ("figures",) else []
    done = run_python(
        "-c", code, *words, *kept, "--checkpoint", folder / "track", "--data-dir", folder
    )
    assert done.returncode == status, done.stderr
    assert sentence in " ".join((done.stdout + done.stderr).split())
    assert "Traceback" not in done.stderr
    assert int(done.stdout.split()[-1]) < MOST_MB
