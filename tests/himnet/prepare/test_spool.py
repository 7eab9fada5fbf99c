"""Readings on disk: rows in any order, and single readings as dense blocks."""

from contextlib import closing

import numpy as np
import pytest

from himnet.errors import DataError
from himnet.prepare import spool as spools
from himnet.prepare.spool import Scattered, Spool, check_size


def test_rows_come_back_in_any_order():
    values = np.random.default_rng(0).random((50, 3)).astype(np.float32)
    with closing(Spool(3)) as spool:
        for at in range(0, 50, 7):
            spool.append(values[at : at + 7])
        assert spool.length == 50
        order = np.array([3, 4, 5, -1, 49, 0, 0, -1, -1, 7])
        found = spool.rows(order)
        np.testing.assert_array_equal(found[order >= 0], values[order[order >= 0]])
        assert np.isnan(found[order < 0]).all()
        np.testing.assert_array_equal(spool.part(1, 3), values[:, 1:3])
        assert spool.rows(np.array([], dtype=int)).shape == (0, 3)


def test_the_code_for_no_reading_is_nan():
    with closing(Spool(2)) as spool:
        spool.append(np.array([[1, -1], [-1, 2]]))
        spool.code = -1.0
        np.testing.assert_array_equal(spool.rows(np.arange(2)), [[1, np.nan], [np.nan, 2]])


@pytest.mark.parametrize("block", [4, 10, 10_000])
def test_single_readings_become_blocks(monkeypatch, block):
    monkeypatch.setattr(spools, "BLOCK_READINGS", block)
    rng = np.random.default_rng(0)
    expected = rng.random((40, 3)).astype(np.float32)
    rows, columns = np.divmod(rng.permutation(120)[:100], 3)
    absent = np.full((40, 3), np.nan, dtype=np.float32)
    absent[rows, columns] = expected[rows, columns]
    with closing(Scattered(40, 3)) as scattered:
        for at in range(0, 100, 30):
            part = slice(at, at + 30)
            values = expected[rows[part], columns[part]]
            scattered.add(rows[part], columns[part], values)
        blocks = list(scattered.blocks())
    assert [first for first, _ in blocks] == list(
        np.cumsum([0, *(len(values) for _, values in blocks)])[:-1]
    )
    np.testing.assert_array_equal(np.concatenate([values for _, values in blocks]), absent)
    assert (scattered.repeated, scattered.contradicting) == (0, 0)


def test_the_first_of_contradicting_readings_is_kept():
    cells = [(0, 0, 1), (0, 0, 1), (0, 0, 2), (1, 1, np.nan), (1, 1, 5), (2, 0, 7), (2, 0, 8)]
    rows, columns, values = (np.array(column) for column in zip(*cells, strict=True))
    with closing(Scattered(3, 2)) as scattered:
        scattered.add(rows.astype(int), columns.astype(int), values)
        ((_, found),) = scattered.blocks()
    np.testing.assert_array_equal(found, [[1, np.nan], [np.nan, 5], [7, np.nan]])
    assert (scattered.repeated, scattered.contradicting) == (1, 2)
    assert scattered.contradiction == (0, 0)


def test_more_than_any_data_set_is_refused():
    check_size(10**6, 4_000)
    with pytest.raises(DataError, match="more readings than"):
        check_size(10**9, 10)
