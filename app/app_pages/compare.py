"""Compare: two models side by side, and the snapshots of a training run as an animation."""

from __future__ import annotations

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
    other_model,
    pair_of_clusters,
    representations_of,
)
from app.session.opened import OpenCheckpoint, current_checkpoint
from app.views.components import (
    missing_note,
    named_rows,
    page_header,
    sample_note,
    section,
    statistic_box,
)
from himnet import texts

_ALIGNMENTS: dict[str, Alignment] = {
    "initialised with the first": "start",
    "rotated onto the first": "procrustes",
}
_EXPLAINED = {
    "CKA": "Linear centred kernel alignment: the similarity of the meta-parameters, whatever their "
    "rotation and scale. 1 if identical; well above 0 even by chance: compare with the null model.",
    "RSA": "Representational similarity analysis: the rank correlation of the centred cosines of "
    "all pairs; 1 if both models order the pairs in the same way.",
}
_MEASURES = {"mae": "MAE", "rmse": "RMSE", "mape": "MAPE (%)"}


@shown_as_message()
def _draw_layouts(
    checkpoint: OpenCheckpoint, other: OpenCheckpoint, settings: ClusterSettings
) -> None:
    """Draw both projections, aligned, and the agreement of the clusters."""
    section(
        "Do both models group the sensors in the same way?",
        "Projections of the sensors' spatial meta-parameters. Colours and numbers are each model's "
        "own clusters; those of the second are renumbered to match the first.",
    )
    alignment = _ALIGNMENTS[
        one_of(
            "t-SNE of the second model",
            list(_ALIGNMENTS),
            key="alignment",
            help="Initialised with the layout of the first, so that sensors move as little as "
            "possible; or computed independently and rotated to match the first (Procrustes).",
        )
    ]
    picture, numbers = st.columns([3, 1], gap="large")
    with picture:
        _draw_pair(checkpoint, other, settings, alignment)
    with numbers:
        found = agreement_of(checkpoint.arrays, other.arrays, settings, "ARI")
        statistic_box(
            "Clusters: ARI", found,
            "Adjusted Rand index: 1 if both models have the same clusters, about 0 by chance.",
        )  # fmt: skip


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
    roads = info.sensors.road_names  # one call: it makes all of them
    chosen = set(selected_ids(checkpoint))
    figure = side_by_side(
        layouts, (by_cluster(first, colours), by_cluster(second, colours)), (first, second),
        titles=(checkpoint.name, other.name), ids=ids,
        roads=[roads[place] for place in shared.first],
        selected=np.array([name in chosen for name in ids]) if chosen else None,
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
def _draw_representations(
    checkpoint: OpenCheckpoint, other: OpenCheckpoint, settings: ClusterSettings | None
) -> None:
    section(
        "How similar are their meta-parameters?",
        "Two measures for the sensors and for the hours of the week, each with its permutation "
        "null: sensors permuted among nearby ones; hours and days permuted.",
    )
    choice = SpaceChoice() if settings is None else settings.choice
    found = representations_of(checkpoint.arrays, other.arrays, choice)
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
def _draw_accuracy(checkpoint: OpenCheckpoint, other: OpenCheckpoint) -> None:
    section("Which model is more accurate?", "Errors stored in the two files; lower is better.")
    found = accuracies(checkpoint.arrays.metrics, other.arrays.metrics)
    if not found:
        missing_note(
            "Neither file contains errors. This command measures and stores them:",
            texts.command("python", "-m", "himnet", "evaluate", checkpoint.argument, "--save"),
        )
        return
    if checkpoint.arrays.dataset.name != other.arrays.dataset.name:
        st.caption("These errors were measured on different data sets, so they are not comparable.")
    table = pd.DataFrame(
        {
            "split": [row.split for row in found],
            "horizon": [row.horizon for row in found],
            "error": [_MEASURES[row.metric] for row in found],
            checkpoint.name: [row.first for row in found],
            f"{other.name} ": [row.second for row in found],
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
            "There are no snapshots next to this checkpoint. To store them during training:",
            "python -m himnet train --dataset METRLA --out checkpoints/mine --snapshots 0 5000",
        )
        return
    film, info = film_of(checkpoint, settings), checkpoint.arrays.dataset
    figure = film_figure(
        film,
        colours=cluster_palette(checkpoint.arrays, settings),
        ids=info.sensors.ids,
        roads=info.sensors.road_names,
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


def draw(checkpoint: OpenCheckpoint) -> None:
    """Draw the page."""
    page_header(
        "How does this model differ from another?",
        "Compare it with another seed, an ablation, or its own state before and during training.",
    )
    names = choices_of_other(checkpoint)
    chosen = linked_one(
        "Compare with", range(len(names)), default=0, name_of=names.__getitem__, key="with",
        width=300,
    )  # fmt: skip
    other, model = other_model(checkpoint, names[chosen]), checkpoint.arrays.model
    settings = None
    if why := model.why_not("spatial"):
        show_error(why)
    else:
        with st.expander("Parameters and clusters", icon=":material/tune:"):
            settings = cluster_form(model)
        _draw_layouts(checkpoint, other, settings)
        _draw_difference(checkpoint, other, settings)
    _draw_representations(checkpoint, other, settings)
    _draw_accuracy(checkpoint, other)
    if settings is not None:
        _draw_film(checkpoint, settings)


draw(current_checkpoint())
