"""JSON that is read back may come from anybody: all readers refuse what no program should take."""

import json

import pytest

from analysis.errors import AnalysisError
from analysis.paper.results import read_result
from analysis.selection import from_json
from himnet.cli import main
from himnet.data.info import Sensors
from himnet.errors import HimNetError
from himnet.strict_json import MAX_BYTES, parse_json, read_json
from himnet.studies.studies import study_runs
from himnet.studies.sweep import Sweep
from himnet.training.folder import RunFolder
from himnet.training.log import EpochLog
from himnet.training.request import Request
from tests.himnet.checkpoints.models import write_plain

BAD = {
    "deep": "[" * 200_000 + "]" * 200_000,
    "deep object": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "digits": '{"a": ' + "9" * 400 + "}",
    "more digits": '{"a": ' + "9" * 5000 + "}",
    "infinite": '{"a": 1e999}',
    "Infinity": '{"a": -Infinity}',
    "NaN": '{"a": NaN}',
    "twice": '{"a": 1, "a": 2}',
    "cut": '{"a": ',
    "no text": '{"a": "\xff"}',
}


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("latin-1"))
    return path


@pytest.mark.parametrize("name", BAD)
def test_what_is_refused_is_a_value_error(tmp_path, name):
    with pytest.raises(ValueError, match=r".") as caught:
        read_json(write(tmp_path / "x.json", BAD[name]))
    assert len(str(caught.value)) < 200


def test_what_json_can_say_comes_back_as_json_says_it(tmp_path):
    said = {"a": [1, -2.5e-300, 10**20, True, None, "\u00e9\u6df1"], "": {}}
    assert parse_json(json.dumps(said)) == json.loads(json.dumps(said))
    assert read_json(write(tmp_path / "x", "\xef\xbb\xbf[1]")) == [1]  # with a byte-order mark


def test_a_file_without_end_is_not_read(tmp_path):
    with (tmp_path / "x").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(ValueError, match=f"longer than {MAX_BYTES / 1e6:.0f} MB"):
        read_json(tmp_path / "x")


def from_note(folder, text):
    run = RunFolder.at(folder)
    write(run.note, text)
    Request(run, resume=True).recalled()


def from_sweep(folder, text):
    write(folder / "seed-0.json", text)
    sweep = Sweep("seeds", folder, Request(RunFolder.at(folder), dataset="synthetic"))
    sweep.result(study_runs("seeds")[0])


READERS = {
    "note": from_note,
    "sweep": from_sweep,
    "results": lambda folder, text: read_result(write(folder / "x.json", text), "the command"),
    "selections": lambda folder, text: from_json(text.encode("latin-1"), Sensors.numbered(3)),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", BAD)
def test_every_reader_says_so_in_one_sentence(tmp_path, reader, name):
    with pytest.raises((HimNetError, AnalysisError)) as caught:
        READERS[reader](tmp_path, BAD[name])
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("name", BAD)
def test_so_do_the_commands_that_are_given_a_file(tmp_path, name, capsys):
    plain, told = write_plain(tmp_path / "x.pt"), write(tmp_path / "x.json", BAD[name])
    words = ["convert", plain, tmp_path / "y.safetensors", "--mean", 1, "--std", 1]
    assert main([str(word) for word in (*words, "--training", told)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"error: {told} cannot be read as JSON (")
    assert said.count("\n") == 1


@pytest.mark.parametrize("name", BAD)
def test_a_log_drops_such_lines(tmp_path, name):
    log = write(tmp_path / "log.jsonl", '{"epoch": 1}\n' + BAD[name] + "\n")
    EpochLog(log, epochs=5)
    assert log.read_text() == '{"epoch": 1}\n'
