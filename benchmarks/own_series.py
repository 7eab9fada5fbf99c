"""How far *what if* on a model's own forecasts is from *what if* on its readings.

Run `python -m benchmarks.own_series CHECKPOINT --data-dir DIR`. Where readings are absent, the page
*What if* feeds the model a series of its own forecasts, see `analysis.forecasts.own_series`. Here,
both are computed for the same moments: several sensors take the parameters of the sensor that is
least like them, and the forecasts and their errors are compared.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.forecasts.own_series import on_own_forecasts
from analysis.forecasts.windows import truth_after
from analysis.material import Material, load_material
from analysis.what_if.sensors_and_hours import Effect, least_alike, swap_sensors
from benchmarks.report import command_line, markdown_table, write_json
from himnet.errors import HimNetError

SENSORS, WINDOWS = 12, 64


def compared(
    material: Material, *, sensors: int = SENSORS, windows: int = WINDOWS
) -> dict[str, float]:
    """Return how the two kinds of series differ, in the data's unit.

    Args:
        material: with track and data set.
        sensors: number of sensors whose parameters are exchanged, evenly spaced.
        windows: number of moments, evenly spaced over the track.

    Raises:
        AnalysisError: without track or data set.
    """
    own = on_own_forecasts(material)
    track, dataset = material.track, material.required_dataset()
    assert track is not None
    ahead = track.horizons[0]
    rows = own.required_dataset().splits["test"].middles - 1
    rows = rows[np.linspace(0, len(rows) - 1, windows).round().astype(int)]
    steps = track.steps[rows] + ahead
    chosen = np.linspace(0, material.model.num_nodes - 1, sensors).round().astype(int).tolist()
    on_readings, on_forecasts = [], []
    for sensor in chosen:
        giver = least_alike(material, sensor)
        on_readings.append(_of(swap_sensors(material, steps, (sensor,), (giver,)), sensor))
        effect = swap_sensors(own, rows, (sensor,), (giver,))
        on_forecasts.append(_of(effect, sensor))
    truth = np.moveaxis(truth_after(dataset, steps, material.model.out_steps)[..., chosen], 2, 0)
    before, after = (np.stack([pair[k] for pair in on_readings]) for k in (0, 1))
    own_before, own_after = (np.stack([pair[k] for pair in on_forecasts]) for k in (0, 1))
    moved, own_moved = after - before, own_after - own_before
    return {
        "change on readings": _mean(moved),
        "change on own forecasts": _mean(own_moved),
        "correlation of the changes": float(np.corrcoef(moved.ravel(), own_moved.ravel())[0, 1]),
        "difference of forecasts before": _mean(own_before - before),
        "error added on readings": _mean(after - truth) - _mean(before - truth),
        "error added on own forecasts": _mean(own_after - truth) - _mean(own_before - truth),
    }


def _of(effect: Effect, sensor: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    before, after = effect.before[..., sensor], effect.after[..., sensor]
    return before.astype(np.float64), after.astype(np.float64)


def _mean(values: NDArray[np.floating]) -> float:
    return float(np.nanmean(np.abs(values)))


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and store; return 1 for a checkpoint that lacks track or readings."""
    parser = command_line("own_series", __doc__)
    parser.add_argument("checkpoint", nargs="?", default="metr-la", metavar="CKPT")
    parser.add_argument("--data-dir", metavar="DIR", help="folder of the data sets")
    args = parser.parse_args(argv)
    try:
        material = load_material(args.checkpoint, data_dir=args.data_dir)
        found = compared(material)
    except (HimNetError, AnalysisError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    rows = [(name, f"{value:.2f}") for name, value in found.items()]
    unit = material.info.unit or "the data's unit"
    print(f"{SENSORS} sensors, {WINDOWS} windows; in {unit}\n")
    print(markdown_table(("mean absolute", "value"), rows))
    write_json(args.json, found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
