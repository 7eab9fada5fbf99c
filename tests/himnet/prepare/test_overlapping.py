"""Windows that overlap become the series that they were made from."""

import datetime as dt

import numpy as np
import pytest

from himnet.errors import DataError
from himnet.prepare.arrays import is_arrays, open_arrays
from himnet.prepare.options import Options
from himnet.prepare.overlapping import is_windows
from tests.himnet.prepare.stored import calendar, readings, stacked, walked

STEPS = 3 * 288
TOD, DOW = calendar(STEPS)
VALUES = readings(STEPS)
X_OFFSETS, Y_OFFSETS = np.arange(-11, 1)[:, None], np.arange(1, 13)[:, None]


def windows(folder, cube, *, ahead=12, change=None, offsets=True, y_channels=None):
    """Write train, val and test.npz as DCRNN's script does."""
    count = len(cube) - 12 - ahead + 1
    starts = np.arange(count)
    x = np.stack([cube[start : start + 12] for start in starts])
    y = np.stack([cube[start + 12 : start + 12 + ahead] for start in starts])[..., :y_channels]
    if change is not None:
        x, y = change(x, y)
    count = len(x)
    test, train = round(count * 0.2), round(count * 0.7)
    edges = {"train": slice(0, train), "val": slice(train, count - test),
             "test": slice(count - test, count)}  # fmt: skip
    more = {"x_offsets": X_OFFSETS, "y_offsets": np.arange(1, ahead + 1)[:, None]}
    for split, part in edges.items():
        np.savez_compressed(
            folder / f"{split}.npz", x=x[part], y=y[part], **(more if offsets else {})
        )
    return folder


def check(source, *, dow=None):
    values, times = walked(source)
    np.testing.assert_array_equal(values, VALUES.astype(np.float32))
    np.testing.assert_allclose(times["tod"], TOD, atol=1e-6)
    if dow is None:
        assert times["dow"] is None
    else:
        np.testing.assert_array_equal(times["dow"], dow)
    assert source.share() == 1
    return source


@pytest.mark.parametrize("ahead", [12, 3, 24])
def test_the_series_is_put_together_again(tmp_path, ahead):
    folder = windows(tmp_path, stacked(VALUES, TOD), ahead=ahead)
    assert is_arrays(folder)
    source = check(open_arrays([folder], Options()))
    assert source.told.numbered
    assert any("no day of the week: --start gives it" in note for note in source.told.notes)
    count = STEPS - 12 - ahead + 1
    split = source.told.windows
    assert sum(map(len, split.values())) == count
    assert split["train"][0].tolist() == [0, 12, 12 + ahead]
    assert split["test"][-1].tolist() == [count - 1, count + 11, STEPS]
    assert split["val"][0, 0] == split["train"][-1, 0] + 1


def test_the_three_files_may_be_named_in_any_order(tmp_path):
    windows(tmp_path, stacked(VALUES, TOD), offsets=False)
    files = [tmp_path / f"{split}.npz" for split in ("test", "train", "val")]
    assert is_windows(files)
    check(open_arrays(files, Options()))


def test_days_of_the_week_are_those_of_the_windows_or_of_the_start(tmp_path):
    folder = windows(tmp_path, stacked(VALUES, TOD))
    check(open_arrays([folder], Options(start=dt.datetime(2012, 3, 1))), dow=DOW)
    folder = windows(tmp_path, stacked(VALUES, TOD, DOW))
    check(open_arrays([folder], Options()), dow=DOW)


def test_windows_without_a_calendar_in_what_follows(tmp_path):
    check(open_arrays([windows(tmp_path, stacked(VALUES, TOD), y_channels=1)], Options()))


def test_blocks_of_any_length_are_the_same(tmp_path, monkeypatch):
    folder = windows(tmp_path, stacked(VALUES, TOD))
    monkeypatch.setattr("himnet.prepare.slices._VALUES_HELD", 12 * 4 * 2 * 5)
    check(open_arrays([folder], Options()))


def shuffled(x, y):
    order = np.random.default_rng(0).permutation(len(x))
    return x[order], y[order]


@pytest.mark.parametrize(
    "change",
    [
        shuffled,
        lambda x, y: (x[::2], y[::2]),
        lambda x, y: (x + np.arange(len(x))[:, None, None, None], y),
    ],
    ids=["shuffled", "thinned out", "scaled"],
)
def test_windows_that_do_not_follow_each_other_are_refused(tmp_path, change):
    folder = windows(tmp_path, stacked(VALUES, TOD), change=change)
    with pytest.raises(DataError, match="do not each begin one step after the one before"):
        walked(open_arrays([folder], Options()))


def test_missing_readings_are_the_same_in_all_windows(tmp_path):
    holes = VALUES.copy()
    holes[5:40, 1] = np.nan
    values, _ = walked(open_arrays([windows(tmp_path, stacked(holes, TOD))], Options()))
    np.testing.assert_array_equal(values, holes.astype(np.float32))


def test_files_of_something_else_are_refused(tmp_path):
    windows(tmp_path, stacked(VALUES, TOD))
    np.savez(tmp_path / "val.npz", x=np.ones((4, 12, 9, 2)), y=np.ones((4, 12, 9, 2)))
    with pytest.raises(DataError, match="they must be of one series"):
        open_arrays([tmp_path], Options())
    np.savez(tmp_path / "val.npz", x=np.ones((4, 12)), y=np.ones(4))
    with pytest.raises(DataError, match=r"no arrays x and y of shape .* but x \(4, 12\), y \(4,\)"):
        open_arrays([tmp_path], Options())
    np.savez(
        tmp_path / "val.npz", x=np.ones((4, 12, 4, 2)), y=np.ones((4, 12, 4, 2)),
        y_offsets=np.arange(3, 15),
    )  # fmt: skip
    with pytest.raises(
        DataError, match=r"y_offsets in .* are 3 to 14; only windows of consecutive"
    ):
        open_arrays([tmp_path], Options())
