"""Opening one's own checkpoint in the sidebar, and what is refused there, in words."""

import pickle
import tempfile
from pathlib import Path

import pytest

from app.sidebar import MAX_UPLOADS
from himnet.checkpoints import load_arrays, save_measured
from himnet.checkpoints.locate import measured_file
from himnet.checkpoints.measured import RULES
from tests.app import made_up
from tests.app.conftest import go, texts
from tests.app.drawn import charts

pytestmark = pytest.mark.slow

BINARY = "application/octet-stream"


def weights(checkpoints, name="layered"):
    return (checkpoints / name / "model.safetensors").read_bytes()


def give(app, name, content):
    app.file_uploader(key="upload").set_value((name, content, BINARY)).run()
    return app


def test_a_checkpoint_of_ones_own_opens_and_all_pages_show_it(explorer, checkpoints):
    app = give(explorer("city"), "mine.safetensors", weights(checkpoints))
    assert not app.exception
    assert not app.error
    assert app.selectbox(key="checkpoint").value == "mine (opened)"
    told = load_arrays(checkpoints / "layered").sha256
    assert told[:12] in texts(app)
    drawn = charts(go(app, "temporal"))
    assert {figure["layout"]["meta"]["checkpoint"] for figure in drawn.values()} == {told}


def test_an_opened_checkpoint_has_no_track_and_commands_name_its_file(explorer, checkpoints):
    app = give(explorer("bare", "st_mixed"), "mine.safetensors", weights(checkpoints, "city"))
    assert [code.value for code in app.code] == ["python -m himnet track mine.safetensors --days 7"]
    assert "Track: not available" in texts(app)


def test_one_can_go_back_to_another_checkpoint(explorer, checkpoints):
    app = give(explorer("city"), "mine.safetensors", weights(checkpoints))
    app.selectbox(key="checkpoint").set_value("city").run()
    assert app.selectbox(key="checkpoint").value == "city"
    assert "mine (opened)" in app.selectbox(key="checkpoint").options
    assert not app.exception


def test_what_one_visitor_opened_no_other_visitor_sees(explorer, checkpoints):
    give(explorer("city"), "secret.safetensors", weights(checkpoints))
    stranger = explorer("secret (opened)")
    assert "secret (opened)" not in stranger.selectbox(key="checkpoint").options
    assert stranger.selectbox(key="checkpoint").value == "metr-la"


def test_nothing_that_was_opened_stays_on_the_disk(explorer, checkpoints, tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    app = give(explorer("city"), "mine.safetensors", weights(checkpoints))
    assert app.selectbox(key="checkpoint").value == "mine (opened)"
    give(app, "broken.safetensors", b"broken")
    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_the_last_few_opened_ones_are_kept(explorer, checkpoints):
    app = explorer("city")
    for number in range(MAX_UPLOADS + 1):
        give(app, f"mine{number}.safetensors", weights(checkpoints))
    opened = [name for name in app.selectbox(key="checkpoint").options if "(opened)" in name]
    assert opened == [f"mine{number} (opened)" for number in range(1, MAX_UPLOADS + 1)]


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx", "h5", "npz", "GZ"])
def test_readings_are_not_read_and_the_message_says_what_makes_them_a_data_set(explorer, ending):
    app = give(explorer("city"), f"my speeds.{ending}", b"time,a\n2024-01-01,3\n")
    (told,) = [error.value for error in app.error]
    assert f"python -m himnet prepare 'my speeds.{ending}' --out data/mine" in told
    assert "python -m himnet train --dataset data/mine" in told
    assert app.selectbox(key="checkpoint").value == "city"


def test_the_two_commands_for_ones_own_files_are_shown_before_anything_is_given(explorer):
    shown = texts(explorer("city"))
    for command in ("convert model.pt", "prepare readings.csv"):
        assert f"python -m himnet {command}" in shown


@pytest.mark.parametrize("ending", ["pt", "pth", "bin", "ckpt", "pkl", "PT"])
def test_a_pickle_is_not_read_and_the_message_says_how_to_convert_it(explorer, ending, tmp_path):
    class Payload:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    app = give(explorer("city"), f"theirs.{ending}", pickle.dumps(Payload()))
    (told,) = [error.value for error in app.error]
    assert "can run code" in told
    assert f"python -m himnet convert theirs.{ending} theirs.safetensors" in told
    assert not (tmp_path / "ran").exists()
    assert app.selectbox(key="checkpoint").value == "city"
    assert not app.exception


def damaged(checkpoints):
    whole = weights(checkpoints)
    flipped = bytearray(whole)
    flipped[-100] ^= 1
    foreign = whole[:8] + whole[8:].replace(b"himnet", b"himmel", 1)
    return {
        "empty": b"",
        "text": b"this is not a checkpoint",
        "cut": whole[: len(whole) // 2],
        "flipped": bytes(flipped),
        "foreign": foreign,
        "huge header": (2**62).to_bytes(8, "little") + b"{}",
        "a pickle in disguise": pickle.dumps({"weight": [1.0]}),
    }


@pytest.mark.parametrize(
    "kind", ["empty", "text", "cut", "flipped", "foreign", "huge header", "a pickle in disguise"]
)
def test_a_damaged_file_is_a_sentence_and_the_page_stays_as_it_was(explorer, checkpoints, kind):
    app = give(explorer("city"), "broken.safetensors", damaged(checkpoints)[kind])
    assert not app.exception
    (told,) = [error.value for error in app.error]
    assert "broken.safetensors" in told
    assert told.endswith((".", "!", "?"))
    assert tempfile.gettempdir() not in told
    assert app.selectbox(key="checkpoint").value == "city"
    assert [title.value for title in app.title] == ["What is this model?"]


def test_the_message_goes_when_something_good_is_given(explorer, checkpoints):
    app = give(explorer("city"), "broken.safetensors", b"broken")
    assert len(app.error) == 1
    give(app, "mine.safetensors", weights(checkpoints))
    assert not app.error
    app.file_uploader(key="upload").clear().run()
    assert not app.exception
    assert app.selectbox(key="checkpoint").value == "mine (opened)"


def test_a_file_name_leads_nowhere_else(explorer, checkpoints):
    app = give(explorer("city"), "../../../escaped.safetensors", weights(checkpoints))
    assert app.selectbox(key="checkpoint").value == "escaped (opened)"


def test_names_from_a_strangers_file_are_shown_and_not_run(explorer, tmp_path):
    hostile = "<img src=x onerror=alert(1)>"
    file = made_up.save(tmp_path, "x", training={"note": hostile, hostile: 1})
    app = give(explorer("bare"), "x.safetensors", file.read_bytes())
    drawn = "".join(html.value for html in app.html)
    assert hostile not in drawn
    assert "&lt;img src=x" in drawn


def measured(checkpoint, mae):
    """Return a file of what was measured with a checkpoint, which is left as it was."""
    said = {"data": "smallville", "command": "python -m himnet evaluate city --save"}
    value = {"windows": 7, "all": {"mae": mae}}
    sha256 = load_arrays(checkpoint).sha256
    path = save_measured(checkpoint, sha256, "metrics/test", value, **said)
    content = path.read_bytes()
    path.unlink()
    return content


def error_shown(app):
    return next(one.value for one in app.metric if one.label == "Test error (MAE)")


def test_what_was_measured_is_shown_with_the_chosen_model(explorer, checkpoints):
    content = measured(checkpoints / "city" / "model.safetensors", 1.25)
    app = explorer("city")
    assert error_shown(app) == "3.10 mph"
    give(app, "measured.safetensors", content)
    assert not app.error
    assert app.selectbox(key="checkpoint").value == "city"
    assert error_shown(app) == "1.25 mph"
    assert error_shown(explorer("city")) == "3.10 mph"  # to another visitor


def test_what_was_measured_is_shown_with_a_model_that_was_opened(explorer, checkpoints):
    layered = checkpoints / "layered" / "model.safetensors"
    app = give(explorer("city"), "mine.safetensors", layered.read_bytes())
    app.selectbox(key="checkpoint").set_value("city").run()
    give(app, "measured.safetensors", measured(layered, 1.5))
    assert not app.error
    assert error_shown(app) == "3.10 mph"
    app.selectbox(key="checkpoint").set_value("mine (opened)").run()
    assert error_shown(app) == "1.50 mph"


def test_what_was_measured_with_another_model_is_a_sentence(explorer, checkpoints):
    app = give(
        explorer("city"),
        "theirs.safetensors",
        measured(checkpoints / "layered/model.safetensors", 1),
    )
    (told,) = [error.value for error in app.error]
    assert told.startswith("theirs.safetensors contains measurements of a different model")
    assert error_shown(app) == "3.10 mph"


def test_what_was_measured_by_former_rules_is_a_sentence(explorer, checkpoints, monkeypatch):
    content = measured(checkpoints / "city" / "model.safetensors", 1.25)
    monkeypatch.setitem(RULES, "metrics", 2)
    app = give(explorer("city"), "measured.safetensors", content)
    assert "it was made by rules that have changed since" in texts(app)
    assert error_shown(app) == "3.10 mph"


def test_measurements_that_were_altered_are_a_sentence(explorer, checkpoints):
    content = measured(checkpoints / "city" / "model.safetensors", 1.25)
    app = give(explorer("city"), "measured.safetensors", content.replace(b"1.25", b"0.25"))
    (told,) = [error.value for error in app.error]
    assert told.startswith("measured.safetensors was altered after it was written")
    assert tempfile.gettempdir() not in told
    assert error_shown(app) == "3.10 mph"


def test_what_is_measured_while_the_app_runs_is_shown(explorer, checkpoints):
    city = checkpoints / "city" / "model.safetensors"
    app = explorer("city")
    content = measured(city, 1.75)
    try:
        measured_file(city).write_bytes(content)
        assert error_shown(app.run()) == "1.75 mph"
        measured_file(city).write_bytes(b"broken")
        assert error_shown(app.run()) == "3.10 mph"
        assert "so it is ignored" in texts(app)
    finally:
        measured_file(city).unlink()
