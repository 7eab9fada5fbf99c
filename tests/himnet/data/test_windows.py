"""Windows: ranges, not copies, cut and checked as the published ones."""

import numpy as np
import pytest

from himnet.data.windows import SPLITS, checked_windows, split_windows
from himnet.errors import DataError
from himnet.presets import PRESETS

SPLIT = (0.7, 0.1, 0.2)


def arrays(steps=100, **changes):
    windows = split_windows(steps, SPLIT)
    return {name: split.index for name, split in windows.items()} | changes


def rows(*starts, lengths=(12, 12)):
    begin = np.array(starts, dtype=np.int64)[:, None]
    return begin + np.cumsum([0, *lengths])


def test_metr_la_is_cut_as_published():
    windows = split_windows(34_272, SPLIT)
    assert [len(windows[name]) for name in SPLITS] == [23_974, 3_425, 6_850]
    assert windows["train"].index[[0, -1]].tolist() == [[0, 12, 24], [23973, 23985, 23997]]
    assert windows["val"].index[[0, -1]].tolist() == [[23974, 23986, 23998], [27398, 27410, 27422]]
    assert windows["test"].index[[0, -1]].tolist() == [[27399, 27411, 27423], [34248, 34260, 34272]]


@pytest.mark.parametrize("name", PRESETS)
def test_no_window_of_a_published_set_is_lost(name):
    preset = PRESETS[name]
    windows = split_windows(preset.num_steps, preset.split)
    starts = np.concatenate([windows[split].index[:, 0] for split in SPLITS])
    np.testing.assert_array_equal(starts, np.arange(preset.num_steps - 23))


def test_splits_share_up_to_eleven_steps_to_forecast():
    windows = split_windows(1000, SPLIT)
    for one, following in (("train", "val"), ("val", "test")):
        shared = windows[one].index[-1, 2] - windows[following].index[0, 1]
        assert shared == 11


def test_middles_are_the_first_steps_to_forecast():
    windows = split_windows(200, SPLIT, in_steps=6, out_steps=3)
    assert windows["train"].middles[:3].tolist() == [6, 7, 8]
    assert (np.diff(windows["test"].index, axis=1) == [6, 3]).all()


def test_windows_are_views_of_one_array():
    windows = split_windows(500, SPLIT)
    assert len({id(windows[name].index.base) for name in SPLITS}) == 1


@pytest.mark.parametrize(
    ("steps", "fractions", "lengths", "said"),
    [
        (27, SPLIT, (12, 12), "27 steps is too short"),
        (0, SPLIT, (12, 12), "too short"),
        (500, (0.7, 0.1, 0.1), (12, 12), "three fractions that sum to 1"),
        (500, (1.0, 0.0, 0.0), (12, 12), "three fractions that sum to 1"),
        (500, SPLIT, (0, 12), "at least 1 . 1 steps, not 0 . 12"),
    ],
)
def test_impossible_splits_are_refused(steps, fractions, lengths, said):
    with pytest.raises(DataError, match=said):
        split_windows(steps, fractions, in_steps=lengths[0], out_steps=lengths[1])


def test_given_windows_pass_unchanged():
    given = arrays()
    for name, split in checked_windows(given, 100).items():
        np.testing.assert_array_equal(split.index, given[name])
        assert split.index.dtype == np.int64


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint16, np.uint64])
def test_any_integers_will_do(dtype):
    given = {name: index.astype(dtype) for name, index in arrays().items()}
    assert len(checked_windows(given, 100)["train"]) == len(given["train"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"val": rows(60).astype(float)}, "'val' in index.npz is float64 of shape .1, 3."),
        ({"val": rows(60)[0]}, r"of shape \(3,\); it must be integers \(windows, 3\)"),
        ({"val": rows(60)[:, :2]}, r"of shape \(1, 2\)"),
        ({"val": rows()}, "'val' in index.npz has no windows"),
        ({"test": rows(70, 77)}, r"window 1 of 'test' .* is \[77, 89, 101\].* the 100 steps"),
        ({"test": rows(-1, 70)}, r"window 0 of 'test' .* is \[-1, 11, 23\]"),
        ({"test": np.array([[70, 94, 82]])}, r"is \[70, 94, 82\]; .* must increase"),
        ({"test": rows(72, 71)}, "the windows of 'test' .* not in order at window 1"),
        ({"test": rows(71, 71)}, "not in order at window 1"),
        ({"test": rows(70, lengths=(12, 6))}, r"different lengths \(12 \+ 6, 12 \+ 12\)"),
        ({"test": rows(10, 75)}, "1 windows of index.npz are in 'train' and in 'test'"),
    ],
)
def test_bad_windows_are_refused(changes, said):
    with pytest.raises(DataError, match=said):
        checked_windows(arrays(**changes), 100)
