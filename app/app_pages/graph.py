"""Graph: which sensors the model connects, and what an entry of its learnt graphs means."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analysis.material import Material
from app.export import export
from app.graph.city import MAP, draw_map
from app.graph.findings import draw_cards_of, draw_findings, draw_use
from app.graph.matrix import draw_matrix
from app.graph.meaning import draw_meaning, say_direction
from app.graph.over_day import draw_over_day
from app.graph.shown import GraphShown, choose_graph
from app.graph.training import draw_growth
from app.messages import fragment, show_error, shown_as_message
from app.selection.linked import link_charts, linked_table
from app.session.city_map import placing_command
from app.session.graph import rows_of
from app.session.opened import OpenCheckpoint, current_checkpoint, open_material
from app.views.components import (
    WHERE_UNKNOWN,
    missing_note,
    page_header_with_settings,
    sample_note,
    section,
)

_TABLE = "g-table"
_HEIGHT = 340  # pixels of the map and the matrix


@shown_as_message()
def _draw_table(checkpoint: OpenCheckpoint, shown: GraphShown) -> None:
    section(
        "Who reads, and who is read?",
        "In percent of a row, without the diagonal: the excess of a sensor's own row over others, "
        "and the sum of its column, the excess with which all others read it. Both have the same "
        "mean. Ticked rows are selected.",
    )
    table = _table(shown)
    sample_note(len(table), len(shown.graph))
    about = (checkpoint.sha256, shown.name, shown.step)
    linked_table(checkpoint, table, view=_TABLE, about=about, height=300)
    estimated = " How much a sensor is read is estimated from these rows."
    st.caption(
        "Effective neighbours: exp(entropy) of the row's excess over others, the number of equal "
        "neighbours that would be as spread out."
        + (estimated if len(table) < len(shown.graph) else "")
    )
    export(None, key=_TABLE, header=list(table.columns), rows=table.to_numpy().tolist)


def _table(shown: GraphShown) -> pd.DataFrame:
    """Return a row for each sensor, those that are read most first."""
    sensors, labels = shown.material.info.sensors, shown.material.info.sensors.labels
    rows, places = rows_of(shown.graph)
    table = pd.DataFrame({"sensor": [sensors.ids[place] for place in places]})
    if any(labels):
        table["name" if sensors.name else "road"] = [labels[place] for place in places]
    table["is read (%)"] = (100 * rows.read[places]).round(3)
    table["excess over others (%)"] = (100 * rows.others).round(3)
    table["self (%)"] = (100 * rows.own).round(3)
    table["floor (%)"] = (100 * rows.floor).round(3)
    table["effective neighbours"] = rows.effective.round(1)
    table["largest weight × N"] = (len(sensors) * rows.largest).round(2)
    return table.sort_values("is read (%)", ascending=False, kind="stable")


@fragment
def _draw_page(checkpoint: OpenCheckpoint, material: Material) -> None:
    """Draw the page; a new moment, selection or setting runs it again."""
    behind = page_header_with_settings(
        "What does the model connect?",
        "Sensors are mixed by learnt graphs, softmax(relu(*E Eᵀ*)): one in the encoders, and one "
        "in the decoder at each moment.",
    )
    if why := material.model.why_no_graph:
        show_error(why)
        return
    link_charts(checkpoint, [MAP])
    shown = choose_graph(checkpoint, material, behind)
    if shown is None:
        return
    draw_meaning(shown)
    draw_cards_of(shown)
    if checkpoint.arrays.dataset.sensors.has_coordinates:
        left, right = st.columns(2, gap="medium")
        with left:
            draw_map(checkpoint, shown, height=_HEIGHT)
        with right:
            draw_matrix(shown, height=_HEIGHT)
    else:
        draw_matrix(shown, height=_HEIGHT)
        missing_note(WHERE_UNKNOWN, placing_command(checkpoint))
    say_direction(shown)
    draw_findings(checkpoint)
    draw_use(material)
    draw_over_day(checkpoint, shown)
    draw_growth(checkpoint, shown)
    _draw_table(checkpoint, shown)


def draw(checkpoint: OpenCheckpoint) -> None:
    """Draw the page."""
    _draw_page(checkpoint, open_material(checkpoint))


draw(current_checkpoint())
