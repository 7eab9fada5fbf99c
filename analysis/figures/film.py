"""The animation of a training run: a figure that plays in the browser, without the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from analysis.evidence.statistic import Statistic
from analysis.figures.colours import NEUTRAL, readable_on
from analysis.figures.spatial import cluster_middles
from analysis.figures.style import bare_axes, shared_ranges, styled
from analysis.patterns.film import Film, Frame
from himnet import texts
from himnet.metrics import error_text

_MOVE_MS, _HOLD_MS = 900, 600
_CONTROLS_PIXELS, _CAPTION_PIXELS = 90, 56
_HEIGHT = 480  # pixels of points and caption


def film_figure(
    film: Film,
    *,
    colours: Sequence[str],
    ids: Sequence[str],
    roads: Sequence[str],
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw the animation: points that move from frame to frame, a play button and a slider.

    Points keep the colour and number of the trained model's clusters in all frames. The text above
    them gives the structure of the shown frame, each number with the mean of its null model.

    Args:
        film: from `analysis.patterns.film.make_film`.
        colours: ``#rrggbb`` of its clusters, by number.
        ids, roads: N texts for the tooltip; the ids are in `customdata` too.
        meta: choices to store with the figure.
    """
    # buttons and slider refer to frames by their names, which must therefore be different
    names = [f"frame-{place}" for place in range(len(film.frames))]
    figure = go.Figure(
        data=_traces(film.frames[0].points, film.labels, colours, ids, roads),
        frames=[
            go.Frame(
                name=name,
                data=_moved(frame.points, film.labels),
                traces=[0, 1],
                layout={"annotations": [_caption(film, frame)]},
            )
            for name, frame in zip(names, film.frames, strict=True)
        ],
    )
    everything = np.concatenate([frame.points for frame in film.frames])
    # points may move, the axes must not
    shared_ranges(bare_axes(styled(figure, meta=meta), everything, fills=_HEIGHT), everything)
    figure.update_layout(annotations=[_caption(film, film.frames[0])])
    if len(names) > 1:
        add_controls(figure, names, [step_name(frame.step) for frame in film.frames])
    return figure


def step_name(step: int | None) -> str:
    """Return the label of a step of the training on the slider."""
    return "unknown" if step is None else f"{step:,}"


def _traces(
    points: NDArray[np.floating],
    labels: NDArray[np.int64],
    colours: Sequence[str],
    ids: Sequence[str],
    roads: Sequence[str],
) -> list[go.Scatter]:
    """Return the sensors as points, and the cluster numbers at the cluster centres."""
    about = [f"{texts.plotly(road)}<br>" if road else "" for road in roads]
    sensors, numbers = _moved(points, labels)
    sensors.update(
        mode="markers",
        marker={
            "color": [colours[label] for label in labels],
            "size": 9,
            "line": {"width": 0.5, "color": NEUTRAL},
        },
        customdata=list(zip(ids, about, map(int, labels), texts.plotlies(ids), strict=True)),
        hovertemplate="<b>%{customdata[3]}</b><br>%{customdata[1]}cluster %{customdata[2]}"
        "<extra></extra>",
    )
    chosen = [colours[number] for number in np.unique(labels)]
    numbers.update(
        mode="markers+text",
        text=[f"<b>{number}</b>" for number in np.unique(labels)],
        textfont={"size": 11, "color": [readable_on(colour) for colour in chosen]},
        marker={"symbol": "square", "size": 17, "color": chosen},
        hoverinfo="skip",
    )
    return [sensors, numbers]


def _moved(points: NDArray[np.floating], labels: NDArray[np.int64]) -> list[go.Scatter]:
    """Return the two traces with their coordinates only."""
    middles = np.array(list(cluster_middles(points, labels).values()))
    return [
        go.Scatter(x=np.round(xy[:, 0], 3), y=np.round(xy[:, 1], 3), showlegend=False)
        for xy in (points, middles)
    ]


def _caption(film: Film, frame: Frame) -> dict[str, Any]:
    """Return the text about a frame, as an annotation above the points."""
    # training stores the best model, which may be older than its last snapshot
    trained = "trained model, " if frame is film.frames[-1] else ""
    said = [f"<b>{trained}step {step_name(frame.step)}</b>"]
    if frame.error is not None:
        said[0] += f", test MAE {error_text(frame.error, 2)}"
    if frame.roads is not None:
        said.append(f"clusters and roads: ARI {_beside_null(frame.roads['ARI'])}")
    if frame.hours is not None:
        apart = " · ".join(_short(value) for value in frame.hours.cosines.values())
        order = _beside_null(frame.hours.order)
        said += [f"order of hours {order}", f"cosine of times 1, 2, 3 h apart {apart}"]
    return {
        "text": "<br>".join([" | ".join(said[:2]), " | ".join(said[2:])]).removesuffix("<br>"),
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": 1,
        "yanchor": "bottom",
        "align": "left",
        "showarrow": False,
        "font": {"size": 13},
    }


def _beside_null(found: Statistic) -> str:
    if not np.isfinite(found.value):
        return "undefined"
    return f"{_short(found.value)} (null {_short(found.null_mean)})"


def _short(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}"  # adding zero removes the sign of a rounded -0.00


def add_controls(
    figure: go.Figure, names: Sequence[str], labels: Sequence[str], *, left: float = 0.26
) -> None:
    """Add play, pause and a slider below an animation, in place.

    Args:
        figure: with a height, and an annotation that shows the current frame.
        names: of its frames.
        labels: of their positions on the slider.
        left: where the slider begins, as a share of the figure's width.
    """
    play = _animation(_MOVE_MS, _HOLD_MS) | {"fromcurrent": True}
    stop = _animation(0, 0)
    buttons = [
        {"label": "▶ Play", "method": "animate", "args": [None, play]},
        {"label": "❚❚ Pause", "method": "animate", "args": [[None], stop]},
    ]
    steps = [
        {"label": label, "method": "animate", "args": [[name], _animation(_MOVE_MS // 3, 0)]}
        for name, label in zip(names, labels, strict=True)
    ]
    menu = {
        "type": "buttons",
        "direction": "left",
        "buttons": buttons,
        "showactive": False,
        "x": 0,
        "xanchor": "left",
        "y": 0,
        "yanchor": "top",
        "pad": {"t": 26},
        "bordercolor": NEUTRAL,
    }
    slider = {
        "steps": steps,
        "x": left,
        "len": 1 - left,
        "y": 0,
        "yanchor": "top",
        "pad": {"t": 26, "r": 24},
        "currentvalue": {"visible": False},  # the annotation shows the current frame
        "bordercolor": NEUTRAL,
    }
    figure.update_layout(
        updatemenus=[menu],
        sliders=[slider],
        height=figure.layout.height + _CONTROLS_PIXELS,
        margin={"t": _CAPTION_PIXELS, "b": _CONTROLS_PIXELS},
    )


def _animation(move: int, hold: int) -> dict[str, Any]:
    # the annotation is part of the layout, which changes only if a frame is redrawn
    return {
        "mode": "immediate",
        "frame": {"duration": move + hold, "redraw": True},
        "transition": {"duration": move, "easing": "cubic-in-out"},
    }
