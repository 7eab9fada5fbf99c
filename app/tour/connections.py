"""Step 8: what a learnt graph consists of, before anyone draws its edges."""

from __future__ import annotations

import numpy as np

from analysis.figures.graph import row_parts
from analysis.graphs.average import AverageRow
from analysis.graphs.learnt import LearntGraph
from analysis.graphs.stored import stored_graph
from analysis.material import Material
from analysis.readings.days import day_from_track
from app.session.graph import ENCODERS, UNTRAINED, bars_of, decoder
from app.session.opened import OpenCheckpoint, open_material
from app.tour.slide import slide_chart
from app.tour.step import Answer, Step

_TIMES = {"03:00": 3.0, "08:00": 8.0, "17:30": 17.5}
_BOUNDS = (0.1, 0.5)  # shares between the options


def _draw_graph(checkpoint: OpenCheckpoint) -> Answer:
    """Draw floor, self and others of the encoders' graph, and of the decoder's at three times."""
    material = open_material(checkpoint)
    bars = bars_of(checkpoint.arrays, _decoders(material))
    figure = row_parts(bars, meta={"checkpoint": checkpoint.sha256})
    slide_chart(figure, key="tour-graph", alt="Floor, self and others of an average row")

    def answer() -> str:
        own, chance = bars[ENCODERS], bars[f"{ENCODERS}, untrained"]
        return (
            f"An average row of the encoders' graph is {own.floor:.1%} floor, {own.own:.1%} self "
            f"and **{own.others:.1%} others**; in {UNTRAINED} untrained models, others are "
            f"{chance.others:.1%}. {_of_decoder(bars)}Lines on a map show only the largest "
            f"differences above the floor, so first ask how much there is. {_of_roads(material)}"
        )

    return Answer(answer, lambda: int(np.searchsorted(_BOUNDS, bars[ENCODERS].others)))


def _decoders(material: Material) -> dict[str, LearntGraph]:
    """Return the decoder's graphs at three times of the track's first day; none without a track."""
    track, info = material.track, material.info
    if track is None or material.model.why_not("moment", generated=False):
        return {}
    day = day_from_track(track, material.usual_day, None, info)
    at = {name: int(np.abs(day.hours - hour).argmin()) for name, hour in _TIMES.items()}
    return {name: decoder(material.arrays, day.embedding[place]) for name, place in at.items()}


def _of_decoder(bars: dict[str, AverageRow]) -> str:
    others = [one.others for name, one in bars.items() if not name.startswith(ENCODERS)]
    if not others:
        return ""
    return (
        "The decoder's graph follows from its input: at these three times, others are "
        f"{min(others):.0%} to {max(others):.0%}. "
    )


def _of_roads(material: Material) -> str:
    """Say what was measured about roads; "" if nothing was."""
    found = stored_graph(material.arrays)
    known = {} if found is None else {one.id: one for one in found[0].results}
    roads = known.get("graph-roads")
    if roads is None or roads.value is None:
        return ""
    untrained = f" (untrained {roads.nulls[0].mean:.2f})" if roads.nulls else ""
    return (
        f"Its scores tell pairs of one road and direction from others with an AUC of "
        f"{roads.value:.2f}{untrained}: *{roads.verdict}*, single seed."
    )


GRAPH = Step(
    title="What does its graph connect?",
    tell="{model} mixes the sensors with a learnt graph. Each of its rows gives every sensor the "
    "same *floor*, whatever was learnt; only what exceeds it is learnt, for the sensor itself "
    "and for others. Each bar is an average row.",
    draw=_draw_graph,
    ask="How much of a row of the encoders' graph is learnt about other sensors?",
    options=("Less than a tenth", "A tenth to a half", "More than a half"),
    page="graph",
    space="spatial",
)
