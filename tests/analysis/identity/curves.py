"""An identity curve that nobody measured, for tests of what shows one."""

from dataclasses import asdict

from analysis.evidence.intervals import Interval
from analysis.evidence.mantel import NULLS
from analysis.identity.curve import FIXED, SHARES, Association, Comparison, Cost, Identity
from analysis.identity.measure import REACHES
from analysis.identity.moments import MOMENT_CLASSES
from analysis.identity.partners import MATCHED, SENSOR_CLASSES
from analysis.identity.stored import PART
from himnet.checkpoints import save_measured


def a_curve(sensors: int) -> Identity:
    """Return a complete result of so many sensors, whose costs grow from class to class."""
    costs = [
        Cost(
            name, reach, 3, sensors, 900, 3.0, 3.1 + place,
            Interval(0.1 + place, place - 0.2, 0.5 + place, 5),
            Interval(0.3, 0.1, 0.5, 5) if name in SHARES else None,
        )
        for reach in REACHES
        for place, name in enumerate(SENSOR_CLASSES)
    ]  # fmt: skip
    costs += [
        Cost(name, None, 2, 40, 900, 3.0, 3.1 + place, Interval(0.1 + place, place, 1 + place, 5))
        for place, name in enumerate(MOMENT_CLASSES)
    ]
    shares = Interval(0.3, 0.1, 0.5, 5), Interval(0.2, 0.0, 0.4, 5)
    compared = [
        Comparison(
            name, reach, sensors, 2 * sensors, 1.0, 1.3, 2.0, Interval(0.3, 0.1, 0.5, 5), *shares,
            correlation_gap=0.01, level_gap=-0.1,
        )
        for name in MATCHED
        for reach in REACHES
    ]  # fmt: skip
    associated = [
        Association(reach, FIXED[:count], 400, 0.2, NULLS[1], 0.05, 0.0, 0.1, 0.001, 999)
        for reach in REACHES
        for count in (2, 3)
    ]
    return Identity(40, 40, 5, sensors, 3.0, tuple(costs), tuple(compared), tuple(associated))


def put_beside(arrays):
    """Store such a curve beside a model's file."""
    told = asdict(a_curve(arrays.model.num_nodes))
    save_measured(arrays.path, arrays.sha256, PART, told, data="", command="test")
