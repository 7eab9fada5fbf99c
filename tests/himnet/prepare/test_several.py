"""Files side by side: each with other sensors over the same time."""

import numpy as np
import pandas as pd
import pytest

from tests.himnet.prepare.series import IDS, frame, prepared, run, same


def write_apart(folder, *, called=None, table=None):
    """Write a file per sensor, its column called by the sensor or by the quantity."""
    folder.mkdir()
    for name, column in (frame() if table is None else table).items():
        column.rename(called or name).to_csv(folder / f"{name}.csv")
    return folder


@pytest.mark.parametrize("called", [None, "speed"])
def test_a_file_per_sensor(tmp_path, called, capsys):
    folder = write_apart(tmp_path / "apart", called=called)
    same(prepared(tmp_path / "out", folder), frame())
    assert "the files have different sensors, and were put side by side" in capsys.readouterr().out


def test_times_that_one_file_lacks_are_missing_there(tmp_path):
    folder = write_apart(tmp_path / "apart")
    frame()[IDS[1]].iloc[20:].to_csv(folder / f"{IDS[1]}.csv")
    expected = frame()
    expected.loc[expected.index[:20], IDS[1]] = np.nan
    same(prepared(tmp_path / "out", folder), expected)


def test_groups_of_sensors_keep_their_places(tmp_path):
    for number, (first, last) in enumerate([(0, 1), (1, 3)]):
        ids = IDS[first:last]
        rows = frame()[list(ids)].T.reset_index(names="id")
        rows.assign(lat=34.0 + number, lng=-118.0).to_csv(tmp_path / f"{number}.csv", index=False)
    found = prepared(tmp_path / "out", tmp_path / "0.csv", tmp_path / "1.csv")
    same(found, frame())
    assert list(found.sensors.latitude) == [34, 35, 35]


def test_files_without_times_are_refused(tmp_path, capsys):
    for name, column in frame().items():
        pd.DataFrame({name: column, f"{name}b": column}).to_csv(
            tmp_path / f"{name}.csv", index=False
        )
    files = [tmp_path / f"{name}.csv" for name in IDS]
    assert run(*files, "--out", tmp_path / "out", "--start", "2012-03-01", "--step", "15") == 1
    assert "400001.csv has no times, by which it could be put beside" in capsys.readouterr().err
