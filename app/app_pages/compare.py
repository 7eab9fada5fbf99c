"""Compare: two models side by side, and the snapshots of one training as a film."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

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
from app.export import export
from app.messages import show_error, shown_as_message
from app.selection.selection import selected_ids
from app.session.compared import (
    Other,
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
    chart,
    missing_note,
    named_rows,
    page_header,
    sample_note,
    section,
    statistic_box,
)
from himnet import texts
from himnet.data.info import DatasetInfo

_ALIGNMENTS: dict[str, Alignment] = {
    "from the first": "start",
    "turned onto it": "procrustes",
}
_EXPLAINED = {
    "CKA": "Centred kernel alignment: how far two models' meta-parameters are the same up to a "
    "turn; 1 is the same, and unrelated ones are well above 0, so compare with the null.",
    "RSA": "Representational similarity: Spearman's correlation of the centred cosines of all "
    "pairs; 1 is the same order.",
}
_MEASURES = {"mae": "MAE", "rmse": "RMSE", "mape": "MAPE (%)"}


@shown_as_message()
def _draw_layouts(checkpoint: OpenCheckpoint, other: Other, settings: ClusterSettings) -> None:
    """Draw both projections, aligned, and how far the clusters agree."""
    section(
        "Do they see the same city?",
        "Each point is a sensor by its spatial meta-parameters, in both models coloured and "
        "numbered by that model's own clusters, those of the second renamed after the first's.",
    )
    alignment = _ALIGNMENTS[
        one_of(
            "The second t-SNE",
            list(_ALIGNMENTS),
            key="alignment",
            help="It begins where the first ended, so that sensors move only as far as they must; "
            "or it begins by itself and is turned onto the first.",
        )
    ]
    picture, numbers = st.columns([3, 1], gap="large")
    with picture:
        _draw_pair(checkpoint, other, settings, alignment)
    with numbers:
        found = agreement_of(checkpoint.arrays, other.arrays, settings, "ARI")
        statistic_box(
            "Clusters: ARI", found,
            "Adjusted Rand index: 1 where both models make the same clusters, 0 as by chance.",
        )  # fmt: skip


def _draw_pair(
    checkpoint: OpenCheckpoint, other: Other, settings: ClusterSettings, alignment: Alignment
) -> None:
    """Draw the two projections of the sensors that both models have."""
    info = checkpoint.arrays.dataset
    both = (checkpoint.arrays, other.arrays)
    layouts = aligned(*spatial_pair(*both, settings.choice), alignment)
    first, second = pair_of_clusters(*both, settings)
    second = renumbered_like(second, first)
    shared = matched(info, other.arrays.dataset)
    ids = [info.sensors.ids[place] for place in shared.first]
    chosen = set(selected_ids(checkpoint))
    figure = side_by_side(
        layouts, (by_cluster(first), by_cluster(second)), (first, second),
        titles=(checkpoint.name, other.name), ids=ids,
        roads=[_roads(info)[place] for place in shared.first],
        selected=np.array([name in chosen for name in ids]) if chosen else None,
        meta={"first": checkpoint.sha256, "second": other.arrays.sha256, "alignment": alignment},
    )  # fmt: skip
    chart(figure, key="c-layouts", alt="Projections of the sensors by two models")
    export(
        figure, key="c-layouts",
        header=("sensor", "cluster 1", "cluster 2", "x 1", "y 1", "x 2", "y 2"),
        rows=lambda: zip(ids, first, second, *layouts[0].T, *layouts[1].T, strict=True),
    )  # fmt: skip
    if is_large(len(shared)):
        st.caption(f"{left_out('t-SNE')} here: drawn are the two principal components of each.")
    absent = sum(shared.left_out)
    if absent:
        st.caption(f"{absent} sensors are in one of the models only, and left out.")


@shown_as_message()
def _draw_representations(
    checkpoint: OpenCheckpoint, other: Other, settings: ClusterSettings | None
) -> None:
    section(
        "Are their meta-parameters alike?",
        "Two measures for sensors and for the hours of the week, each beside its null: sensors "
        "permuted nearby; hours and days permuted.",
    )
    choice = SpaceChoice() if settings is None else settings.choice
    found = representations_of(checkpoint.arrays, other.arrays, choice)
    if not found:
        st.caption("The two models have no part in common that could be compared.")
        return
    for column, (name, statistic) in zip(st.columns(len(found)), found.items(), strict=True):
        with column:
            statistic_box(name, statistic, _EXPLAINED[name[:3]])


@shown_as_message()
def _draw_difference(checkpoint: OpenCheckpoint, other: Other, settings: ClusterSettings) -> None:
    section(
        "Which pairs of sensors changed?",
        "Centred cosine in the second model less that in the first, by the first's clusters: blue "
        "where the second takes two sensors for more alike.",
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
    chart(figure, key="c-difference", width=760, alt="Difference of the cosines of two models")
    export(
        figure, key="c-difference", header=("sensor", *ids),
        rows=lambda: named_rows(ids, difference),
    )  # fmt: skip


@shown_as_message()
def _draw_accuracy(checkpoint: OpenCheckpoint, other: Other) -> None:
    section("Which forecasts better?", "Errors that the two files state, lower is better.")
    found = accuracies(checkpoint.arrays.metrics, other.arrays.metrics)
    if not found:
        missing_note(
            "Neither file states an error. This measures and stores them:",
            texts.command("python", "-m", "himnet", "evaluate", checkpoint.argument, "--save"),
        )
        return
    if checkpoint.arrays.dataset.name != other.arrays.dataset.name:
        st.caption("They were measured on different data sets, so these numbers do not compare.")
    table = pd.DataFrame(
        {
            "split": [row.split for row in found],
            "steps ahead": [row.horizon for row in found],
            "error": [_MEASURES[row.metric] for row in found],
            checkpoint.name: [row.first for row in found],
            f"{other.name} ": [row.second for row in found],
            "second less first": [row.difference for row in found],
        }
    )
    st.dataframe(table.round(3), hide_index=True, placeholder="–")
    export(None, key="c-accuracy", header=list(table.columns), rows=table.to_numpy().tolist)


@shown_as_message()
def _draw_film(checkpoint: OpenCheckpoint, settings: ClusterSettings) -> None:
    section(
        "How did structure grow?",
        "The snapshots of this training, from its random start to the trained model: press play, "
        "or drag. Colours are the clusters of the trained model.",
    )
    if not has_film(checkpoint):
        missing_note(
            "No snapshots lie beside this checkpoint. A training leaves them with",
            "python -m himnet train --dataset METRLA --out checkpoints/mine --snapshots 0 5000",
        )
        return
    film, info = film_of(checkpoint, settings), checkpoint.arrays.dataset
    figure = film_figure(
        film, ids=info.sensors.ids, roads=_roads(info), meta={"checkpoint": checkpoint.sha256}
    )
    chart(figure, key="c-film", alt="Film of the sensors' projections over a training")
    rows = [
        (frame.step, name, *point)
        for frame in film.frames
        for name, point in zip(info.sensors.ids, frame.points.round(3).tolist(), strict=True)
    ]
    export(figure, key="c-film", header=("step", "sensor", "x", "y"), rows=lambda: rows)


def _roads(info: DatasetInfo) -> tuple[str, ...]:
    return info.sensors.road_names


def draw(checkpoint: OpenCheckpoint) -> None:
    """Draw the page."""
    page_header(
        "What is different about another model?",
        "This model beside another one: another seed, an ablation, or itself before it was "
        "trained.",
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
        with st.expander("Which parameters, and how many clusters?", icon=":material/tune:"):
            settings = cluster_form(model)
        _draw_layouts(checkpoint, other, settings)
        _draw_difference(checkpoint, other, settings)
    _draw_representations(checkpoint, other, settings)
    _draw_accuracy(checkpoint, other)
    if settings is not None:
        _draw_film(checkpoint, settings)


draw(current_checkpoint())
