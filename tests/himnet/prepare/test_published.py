"""The moments of the published data sets, and a source that is known by its sizes."""

from contextlib import ExitStack

import numpy as np
import pytest

from himnet.data.registry import DATASETS
from himnet.prepare.build import prepared
from himnet.prepare.options import Options
from himnet.prepare.published import moments_of_period
from himnet.prepare.recognise import open_source
from himnet.presets import PRESETS


@pytest.mark.parametrize("name", [*PRESETS, "PEMSD7M"])
def test_each_set_has_as_many_moments_as_steps(name):
    spec = DATASETS[name]
    moments = moments_of_period(spec)
    assert len(moments) == spec.num_steps
    assert str(moments[0]) == f"{spec.period[0]}T00:00:00"
    gaps = {int(gap) for gap in np.unique(np.diff(moments).astype(int))}
    assert gaps == {"PEMSBAY": {300, 3900}, "PEMSD7M": {300, 173_100}}.get(name, {300})


def test_the_hour_that_clocks_skip_is_absent_from_pems_bay():
    moments = moments_of_period(DATASETS["PEMSBAY"])
    after = int(np.diff(moments).argmax()) + 1
    assert str(moments[after]) == "2017-03-12T03:00:00"


@pytest.mark.parametrize("channel", [None, "speed"])
def test_an_array_of_the_sizes_of_a_published_set_has_its_moments(tmp_path, channel):
    spec = DATASETS["PEMS08"]
    shape = spec.num_steps, spec.num_nodes
    steps = np.arange(shape[0])[:, None] % 288 + np.arange(shape[1]) % 7
    path = tmp_path / "PEMS08.npz"
    np.savez(path, data=np.stack([steps, steps / 1000, steps / 5], axis=-1).astype("f4"))
    source, options = open_source([path], Options(channel=channel))
    with ExitStack() as stack:
        found = prepared(source, options, stack, show=False)
        np.testing.assert_array_equal(found.grid.moments, moments_of_period(spec))
    assert found.labels["quantity"] == (channel or "flow")
    assert found.labels.get("unit") == (spec.unit if channel is None else None)
    assert any("the sizes of PEMS08" in note for note in found.notes)
