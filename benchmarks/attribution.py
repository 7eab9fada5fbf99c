"""Time and memory of one attribution, compared with occlusion and with a forward pass.

Run `python -m benchmarks.attribution CHECKPOINT`. For several forecasts of the busiest sensor, each
is attributed by integrated gradients and by occlusion of all sensors, in turn. Without the data
set, the model reads a series of its own forecasts.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import numpy as np

from analysis.attribution.baselines import BaseLines
from analysis.errors import AnalysisError
from analysis.forecasts.own_series import on_own_forecasts
from analysis.material import Material, load_material
from analysis.readings.source import liveliest, readings_of
from benchmarks.report import circumstances, command_line, describe, markdown_table, write_json
from himnet.errors import HimNetError
from himnet.studies.efficiency_worker import resident_mb

AIM_S = 10.0  # of one attribution, on the page
WINDOWS = 5


def measured(material: Material, *, windows: int = WINDOWS) -> dict[str, Any]:
    """Return seconds of each forecast, and memory.

    Args:
        material: with a data set.
        windows: number of forecasts, evenly spaced over the test split.

    Raises:
        AnalysisError, HimNetError: for a model or data set that cannot be used.
    """
    from himnet.forecasting.attribution import attribute, occlude

    dataset, model, forecaster = material.required_dataset(), material.model, material.forecaster
    middles = dataset.splits["test"].middles
    lines, sensor = BaseLines(dataset), liveliest(readings_of(dataset), model.num_nodes)
    found: dict[str, list[float]] = {"forward pass": [], "attribution": [], "occlusion": []}
    steps, complete = [], []
    forecaster.forecasts([int(middles[0])])  # the first pass prepares more than it computes
    before = resident_mb("VmRSS")
    for place in np.linspace(0, len(middles) - 1, windows).round().astype(int):
        middle = int(middles[place])
        base = lines.of_window(middle, model.in_steps, lines.kinds[0])
        asked = (forecaster, middle, sensor, model.out_steps, base)
        found["forward pass"].append(_seconds(forecaster.forecasts, [middle])[0])
        seconds, one = _seconds(attribute, *asked)
        found["attribution"].append(seconds)
        found["occlusion"].append(_seconds(occlude, *asked)[0])
        steps.append(one.steps)
        complete.append(one.is_complete)
    return {
        "sensors": model.num_nodes,
        "seconds": found,
        "steps": steps,
        "complete": complete,
        "resident_before_mb": before,
        "peak_mb": resident_mb("VmHWM"),
    }


def _seconds(act: Callable[..., Any], *given: Any) -> tuple[float, Any]:
    began = time.perf_counter()
    done = act(*given)
    return time.perf_counter() - began, done


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and store; return 1 if the median attribution exceeds the aim, or fails."""
    parser = command_line("attribution", __doc__)
    parser.add_argument("checkpoint", nargs="?", default="metr-la", metavar="CKPT")
    parser.add_argument("--data-dir", metavar="DIR", help="folder of the data sets")
    parser.add_argument("--windows", type=int, default=WINDOWS, metavar="N")
    args = parser.parse_args(argv)
    about = circumstances(args)
    try:
        material = load_material(args.checkpoint, data_dir=args.data_dir)
        if material.dataset is None:
            material = on_own_forecasts(material)
        found = measured(material, windows=args.windows)
    except (HimNetError, AnalysisError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    medians = {name: median(seconds) for name, seconds in found["seconds"].items()}
    one = medians["forward pass"]
    rows = [(name, f"{seconds:.2f} s", f"{seconds / one:.0f}") for name, seconds in medians.items()]
    print(f"{describe(about['machine'])}\n")
    print(markdown_table((f"{found['sensors']} sensors", "median", "forward passes"), rows))
    print(
        f"\nsteps {min(found['steps'])} to {max(found['steps'])}, "
        f"{sum(found['complete'])} of {len(found['complete'])} complete; peak memory "
        f"{found['peak_mb']:,.0f} MB, before {found['resident_before_mb']:,.0f} MB"
    )
    write_json(args.json, {**about, **found, "medians": medians})
    return int(medians["attribution"] > AIM_S)


if __name__ == "__main__":
    sys.exit(main())
