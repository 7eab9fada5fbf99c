"""Compare: two models side by side, and the snapshots of a training run as an animation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from analysis.figures.cluster_colours import with_more
from analysis.figures.colouring import by_cluster
from analysis.figures.compare import difference_heatmap, side_by_side
from analysis.figures.film import film_figure
from analysis.geometry.clustering import renumbered_like
from analysis.geometry.spaces import SpaceChoice
from analysis.limits import is_large, left_out, sample
from analysis.patterns.compare import (
    Alignment,
    accuracies,
    cosine_difference,
    matched,
    spatial_pair,
)
from app.choices.links import linked_one
from app.choices.shared import ClusterSettings, cluster_form, one_of
from app.export import export, exported_chart
from app.messages import show_error, shown_as_message
from app.selection.selection import selected_ids
from app.session.cached import cluster_palette
from app.session.compared import (
    agreement_of,
    aligned,
    choices_of_other,
    film_of,
    has_film,
    known_of,
    measuring_command,
    origin_of_errors,
    other_model,
    pair_of_clusters,
    representations_of,
    testing_command,
)
from app.session.opened import OpenCheckpoint, current_checkpoint
from app.views.compared import accuracy_html, better, verdicts_html
from app.views.components import (
    missing_note,
    named_rows,
    page_header,
    sample_note,
    section,
    settings_button,
    statistic_box,
)
from himnet import texts
from himnet.checkpoints import CheckpointArrays

_ALIGNMENTS: dict[str, Alignment] = {
    "initialised with the first": "start",
    "rotated onto the first": "procrustes",
}
_EXPLAINED = {
    "ARI": "Adjusted Rand index: 1 if both models have the same clusters, about 0 by chance.",
    "CKA": "Linear centred kernel alignment: the similarity of the meta-parameters, whatever their "
    "rotation and scale; 1 if identical, and well above 0 even by chance.",
    "RSA": "Representational similarity analysis: the rank correlation of the centred cosines of "
    "all pairs; 1 if both models order the pairs in the same way.",
}
_HEIGHT = 430  # pixels of both projections
_MEASURES = {"mae": "MAE", "rmse": "RMSE", "mape": "MAPE (%)"}


@dataclass(frozen=True)
class _Pair:
    """The two models, and how their clusters are compared.

    Attributes:
        first, second: the open model, and the one that it is compared with.
        settings: of the clusters; None for a model without them.
        alignment: of the second projection.
    """

    first: OpenCheckpoint
    second: OpenCheckpoint
    settings: ClusterSettings | None
    alignment: Alignment

    @property
    def names(self) -> tuple[str, str]:
        """Names of both models."""
        return self.first.name, self.second.name

    @property
    def arrays(self) -> tuple[CheckpointArrays, CheckpointArrays]:
        """Weights and descriptions of both models."""
        return self.first.arrays, self.second.arrays


def _settings(checkpoint: OpenCheckpoint) -> tuple[ClusterSettings | None, Alignment]:
    """Draw the settings of the page."""
    if checkpoint.arrays.model.why_not("spatial"):
        st.caption("A model without spatial meta-parameters has no settings here.")
        return None, "start"
    st.markdown("**Projection**")
    alignment = _ALIGNMENTS[
        one_of(
            "t-SNE of the second model",
            list(_ALIGNMENTS),
            key="alignment",
            help="Initialised with the layout of the first, so that sensors move as little as "
            "possible; or computed independently and rotated to match the first (Procrustes).",
        )
    ]
    st.markdown("**Clusters**")
    return cluster_form(checkpoint.arrays.model), alignment


@shown_as_message()
def _draw_answer(pair: _Pair) -> None:
    """Draw who forecasts better."""
    one, other = (arrays.metrics.get("test", {}) for arrays in pair.arrays)
    info = pair.first.arrays.dataset
    st.markdown(better(one, other, pair.names))
    st.html(accuracy_html((one, other), pair.names, step_minutes=info.step_minutes, unit=info.unit))
    if info.name != pair.second.arrays.dataset.name:
        st.caption("The two were measured on different data sets: not comparable.")
    _say_origins(pair)


@shown_as_message()
def _draw_agreement(pair: _Pair, settings: ClusterSettings) -> None:
    """Draw how far the clusters of both models agree."""
    found = agreement_of(*pair.arrays, settings, "ARI")
    statistic_box("Agreement of the clusters (ARI)", found, _EXPLAINED["ARI"])
    st.caption(_EXPLAINED["ARI"])


def _say_origins(pair: _Pair) -> None:
    """Say when the errors of both were measured, or which command measures them."""
    told, missing = [], []
    for model in (pair.first, pair.second):
        when = origin_of_errors(model, pair.first)
        if when:
            told.append(f"{texts.markdown(model.name)} {texts.markdown(when)}")
        elif command := measuring_command(model, pair.first):
            missing.append(command)
    if told:
        st.caption(f"Measured: {'; '.join(told)}.")
    for command in dict.fromkeys(missing):
        st.caption("Measures and stores what is missing:")
        st.code(command, language="bash", wrap_lines=True)


@shown_as_message()
def _draw_layouts(pair: _Pair, settings: ClusterSettings) -> None:
    """Draw both projections, aligned."""
    section(
        "Do both models group the sensors in the same way?",
        "Sensors by their spatial meta-parameters, in each model's own clusters, renumbered to "
        "match.",
    )
    _draw_pair(pair.first, pair.second, settings, pair.alignment)


@shown_as_message()
def _draw_verdicts(pair: _Pair) -> None:
    section(
        "Have both models learnt the same things?",
        "The verdicts of *Claims* on the paper's ten statements, for each model (one trained model "
        "each).",
    )
    known = [known_of(pair.first), known_of(pair.second)]
    if any(one is not None for one in known):
        st.markdown(verdicts_html(known, pair.names), unsafe_allow_html=True)
    for one, model in zip(known, (pair.first, pair.second), strict=True):
        name = texts.markdown(model.name)
        if one is not None:
            st.caption(f"{name}: measured {texts.markdown(one.measured)}.")
        elif command := testing_command(model):
            st.caption(f"{name}: not tested. This command tests it and stores the result:")
            st.code(command, language="bash", wrap_lines=True)
        else:
            st.caption(f"{name}: no claims; snapshots and untrained models carry none.")


def _draw_pair(
    checkpoint: OpenCheckpoint,
    other: OpenCheckpoint,
    settings: ClusterSettings,
    alignment: Alignment,
) -> None:
    """Draw the two projections of the sensors that both models have."""
    info = checkpoint.arrays.dataset
    both = (checkpoint.arrays, other.arrays)
    layouts = aligned(*spatial_pair(*both, settings.choice), alignment)
    first, second = pair_of_clusters(*both, settings)
    second = renumbered_like(second, first)
    colours = cluster_palette(checkpoint.arrays, settings)
    colours = with_more(colours, int(second.max()) + 1)
    shared = matched(info, other.arrays.dataset)
    ids = [info.sensors.ids[place] for place in shared.first]
    roads = info.sensors.labels  # one call: it makes all of them
    chosen = set(selected_ids(checkpoint))
    figure = side_by_side(
        layouts, (by_cluster(first, colours), by_cluster(second, colours)), (first, second),
        titles=(checkpoint.name, other.name), ids=ids,
        roads=[roads[place] for place in shared.first],
        selected=np.array([name in chosen for name in ids]) if chosen else None, height=_HEIGHT,
        meta={"first": checkpoint.sha256, "second": other.arrays.sha256, "alignment": alignment},
    )  # fmt: skip
    exported_chart(
        figure, key="c-layouts", alt="Projections of the sensors by two models",
        header=("sensor", "cluster 1", "cluster 2", "x 1", "y 1", "x 2", "y 2"),
        rows=lambda: zip(ids, first, second, *layouts[0].T, *layouts[1].T, strict=True),
    )  # fmt: skip
    if is_large(len(shared)):
        st.caption(f"{left_out('t-SNE', 'the first two principal components are shown')}.")
    absent = sum(shared.left_out)
    if absent:
        st.caption(f"{absent} sensors that only one of the models has are omitted.")


@shown_as_message()
def _draw_representations(pair: _Pair) -> None:
    section(
        "How similar are their meta-parameters?",
        f"**CKA**: {_EXPLAINED['CKA']} **RSA**: {_EXPLAINED['RSA']} Each stands beside its null "
        "model: sensors permuted among nearby ones; hours and days permuted.",
    )
    choice = SpaceChoice() if pair.settings is None else pair.settings.choice
    found = representations_of(*pair.arrays, choice)
    if not found:
        st.caption("The two models have no part in common that can be compared.")
        return
    for column, (name, statistic) in zip(st.columns(len(found)), found.items(), strict=True):
        with column:
            statistic_box(name, statistic, _EXPLAINED[name[:3]])


@shown_as_message()
def _draw_difference(
    checkpoint: OpenCheckpoint, other: OpenCheckpoint, settings: ClusterSettings
) -> None:
    section(
        "Which pairs of sensors changed?",
        "Centred cosine in the second model minus that in the first, ordered by the first's "
        "clusters: purple where two sensors are more similar in the second model, green where "
        "they are less.",
    )
    info, both = checkpoint.arrays.dataset, (checkpoint.arrays, other.arrays)
    pair = spatial_pair(*both, settings.choice)
    some = sample(len(pair[0]))
    sample_note(len(some), len(pair[0]))
    difference = cosine_difference(*(points[some] for points in pair), centred=True)
    labels = pair_of_clusters(*both, settings)[0][some]
    shared = matched(info, other.arrays.dataset)
    ids = [info.sensors.ids[place] for place in shared.first[some]]
    figure = difference_heatmap(
        difference, np.argsort(labels, kind="stable"), [str(label) for label in labels], ids=ids,
        meta={"first": checkpoint.sha256, "second": other.arrays.sha256},
    )  # fmt: skip
    exported_chart(
        figure, key="c-difference", width=760, alt="Difference between the cosines of two models",
        header=("sensor", *ids), rows=lambda: named_rows(ids, difference),
    )  # fmt: skip


@shown_as_message()
def _draw_accuracy(pair: _Pair) -> None:
    found = accuracies(*(arrays.metrics for arrays in pair.arrays))
    if not found:
        return
    section("How large are all errors?", "On the test and the validation split; lower is better.")
    table = pd.DataFrame(
        {
            "split": [row.split for row in found],
            "horizon": [row.horizon for row in found],
            "error": [_MEASURES[row.metric] for row in found],
            pair.names[0]: [row.first for row in found],
            f"{pair.names[1]} ": [row.second for row in found],
            "second minus first": [row.difference for row in found],
        }
    )
    st.dataframe(table.round(3), hide_index=True, placeholder="–")
    export(None, key="c-accuracy", header=list(table.columns), rows=table.to_numpy().tolist)


@shown_as_message()
def _draw_film(checkpoint: OpenCheckpoint, settings: ClusterSettings) -> None:
    section(
        "How did the structure emerge?",
        "The snapshots of this training run, from random initial weights to the trained model: "
        "press play or drag the slider. Colours are the clusters of the trained model.",
    )
    if not has_film(checkpoint):
        missing_note(
            "There are no snapshots next to this checkpoint. To store them during training, such "
            "as one of METR-LA:",
            "python -m himnet train --dataset METRLA --out checkpoints/mine --snapshots 0 5000",
        )
        return
    film, info = film_of(checkpoint, settings), checkpoint.arrays.dataset
    figure = film_figure(
        film,
        colours=cluster_palette(checkpoint.arrays, settings),
        ids=info.sensors.ids,
        roads=info.sensors.labels,
        meta={"checkpoint": checkpoint.sha256},
    )
    rows = [
        (frame.step, name, *point)
        for frame in film.frames
        for name, point in zip(info.sensors.ids, frame.points.round(3).tolist(), strict=True)
    ]
    exported_chart(
        figure, key="c-film", alt="Animation of the sensors' projection during training",
        header=("step", "sensor", "x", "y"), rows=lambda: rows,
    )  # fmt: skip


def _choose_other(checkpoint: OpenCheckpoint) -> OpenCheckpoint:
    """Draw the widget for the model to compare with, and return the model."""
    names = choices_of_other(checkpoint)
    chosen = linked_one(
        "Compare with", range(len(names)), default=0, name_of=names.__getitem__, key="with",
    )  # fmt: skip
    return other_model(checkpoint, names[chosen])


def draw(checkpoint: OpenCheckpoint) -> None:
    """Draw the page."""
    words, choice, button = st.columns([20, 8, 5], vertical_alignment="bottom")
    with words:
        page_header(
            "How does this model differ from another?",
            "Compare it with another seed, an ablation, or its own state during training.",
        )
    with choice:
        other = _choose_other(checkpoint)
    with settings_button(button):
        settings, alignment = _settings(checkpoint)
    if why := checkpoint.arrays.model.why_not("spatial"):
        show_error(why)
    pair = _Pair(checkpoint, other, settings, alignment)
    answer, picture = st.columns([3, 5], gap="medium")
    with answer:
        _draw_answer(pair)
        if settings is not None:
            _draw_agreement(pair, settings)
    if settings is not None:
        with picture:
            _draw_layouts(pair, settings)
    _draw_verdicts(pair)
    _draw_representations(pair)
    if settings is not None:
        _draw_film(checkpoint, settings)
        _draw_difference(checkpoint, pair.second, settings)
    _draw_accuracy(pair)


draw(current_checkpoint())
