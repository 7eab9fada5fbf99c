"""Overview: what the chosen checkpoint is, how accurate it is, and how to read the pages."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from analysis.model import LearntModel
from analysis.readings.days import duration_text, duration_words
from app.libraries import wait_for_libraries
from app.messages import shown_as_message
from app.pages import EVERY
from app.session.opened import OpenCheckpoint, current_checkpoint, open_material
from app.views.accuracy import accuracy_table
from app.views.components import chart, link_to, missing_note, page_header, section
from app.views.diagram import model_diagram
from himnet import texts
from himnet.data.info import DatasetInfo
from himnet.data.registry import credit_of, shown_name
from himnet.metrics import error_text
from himnet.model.sketch import Sketch
from himnet.studies.published import METRLA_RESULTS
from himnet.studies.studies import METRLA_ABLATIONS

_COLUMNS = 4  # of page cards
_MAP_HEIGHT = 300  # pixels


def _span(info: DatasetInfo) -> str:
    """Return the dates of a data set, if they are known."""
    if info.start_time is None:
        return "dates unknown"
    if info.num_steps is None:
        return f"from {info.start_time:%-d %B %Y}"
    last = info.start_time + dt.timedelta(minutes=(info.num_steps - 1) * info.step_minutes)
    return f"{info.start_time:%-d %B %Y} to {last:%-d %B %Y}"


@shown_as_message()
def _draw_figures(checkpoint: OpenCheckpoint) -> None:
    """Draw the most important numbers in one row."""
    arrays = checkpoint.arrays
    mae = arrays.metrics.get("test", {}).get("all", {}).get("mae")
    steps = arrays.training.get("steps")
    told = {
        "Test error (MAE)": "not measured"
        if mae is None
        else texts.markdown(f"{error_text(mae, 2)} {arrays.dataset.unit}"),
        "Sensors": f"{arrays.model.num_nodes:,}",
        "Parameters": f"{arrays.model.num_parameters:,}",
        "Training steps": f"{steps:,}" if isinstance(steps, int) else "not known",
    }
    help_texts = {
        "Test error (MAE)": "Mean absolute error over all test windows and horizons, without "
        "missing readings."
    }
    for column, (name, value) in zip(st.columns(len(told)), told.items(), strict=True):
        column.metric(name, value, border=True, help=help_texts.get(name))


@shown_as_message()
def _draw_learnt(checkpoint: OpenCheckpoint) -> None:
    """Draw what the model has learnt, in three sentences with their numbers."""
    from analysis.claims.words import topics
    from app.session.claims import known_claims
    from app.views.verdicts import draw_sentences, link_to_claims

    section(
        "What has it learnt?",
        "About time, about places, and about both together, according to *Claims*.",
    )
    known = known_claims(open_material(checkpoint))
    if known is None:
        link_to_claims("Not tested yet for this model: test ten claims about it on Claims")
        return
    draw_sentences(known, topics(known.by_id))
    holding = sum(result.verdict == "holds" for result in known.results)
    applying = sum(result.verdict != "not applicable" for result in known.results)
    that_apply = "" if applying == len(known.results) else " that apply"
    link_to_claims(
        f"{holding} of the paper's {applying} claims{that_apply} hold for this model: all verdicts"
    )


@shown_as_message()
def _say_used(checkpoint: OpenCheckpoint) -> None:
    """Say what the model connects, and which readings move its forecasts, where it was measured."""
    from analysis.attribution.stored import stored_attribution
    from analysis.attribution.table import verdict
    from analysis.claims.words import numbers, sentence
    from analysis.graphs.claims import telling
    from analysis.graphs.stored import stored_graph
    from analysis.graphs.use import stored_use, use_sentence
    from analysis.identity.table import decimals

    graph, used = stored_graph(checkpoint.arrays), stored_attribution(checkpoint.arrays)
    told = []
    if graph is not None and (results := telling(graph[0].results)):
        told.append(f"*Graph*: {sentence(results[0])[:-1]} ({numbers(results[0])}).")
    if (uniform := stored_use(checkpoint.arrays)) is not None:
        unit = texts.markdown(checkpoint.arrays.dataset.unit)
        told.append(use_sentence(uniform[0], unit, decimals(uniform[0].own)))
    if used is not None:
        told.append(f"*Why*: {verdict(used[0])[0]}")
    if told:
        st.caption(f"What it connects, and what it uses (single seed). {' '.join(told)}")


@shown_as_message()
def _draw_map(checkpoint: OpenCheckpoint) -> None:
    """Draw the sensors on a small map, coloured by cluster."""
    from analysis.city.areas import area_kind, area_names
    from analysis.figures.city import city_scatter
    from analysis.figures.colouring import by_cluster, by_name
    from app.choices.shared import usual_clusters
    from app.session.cached import cluster_palette, spatial_clusters
    from app.session.city_map import apart_note, drawn_places, map_style

    arrays, sensors = checkpoint.arrays, checkpoint.arrays.dataset.sensors
    if not sensors.has_coordinates:
        st.caption("The locations of the sensors are not known, so there is no map.")
        return
    if arrays.model.why_not("spatial"):
        colouring, told = by_name(area_names(sensors), name=area_kind(sensors)), "The sensors"
    else:
        settings = usual_clusters(arrays.model)
        colours = cluster_palette(arrays, settings)
        colouring = by_cluster(spatial_clusters(arrays, settings), colours)
        told = "The sensors; the same colour means similar parameters (clusters, see Spatial)"
    (latitude, longitude), ground = drawn_places(arrays)
    figure = city_scatter(
        latitude, longitude, ground, colouring, ids=sensors.ids,
        about=sensors.labels, height=_MAP_HEIGHT, style=map_style(),
    )  # fmt: skip
    chart(figure, key="overview-map", alt="Map of the sensors, coloured by cluster")
    st.caption(f"{told}{apart_note(arrays)}.")


@shown_as_message()
def _draw_accuracy(checkpoint: OpenCheckpoint) -> None:
    arrays = checkpoint.arrays
    test = arrays.metrics.get("test")
    is_metrla = arrays.dataset.name == "METRLA"
    section(
        "How accurate is it?",
        "Errors of its forecasts on the test windows, by horizon"
        + (", compared with published results on the same windows." if is_metrla else "."),
    )
    if not test:
        missing_note(
            "This checkpoint contains no test errors. This command measures them and writes them "
            "to measured.safetensors next to the checkpoint:",
            texts.command(
                *("python", "-m", "himnet", "evaluate", checkpoint.argument),
                *("--split", "test", "--save"),
            ),
        )
    if test or is_metrla:
        published = METRLA_RESULTS if is_metrla else ()
        minutes = arrays.dataset.step_minutes
        st.html(accuracy_table(test, published, step_minutes=minutes))
    if is_metrla:
        parts = ", ".join(f"{name} {mae:.2f}" for name, mae in METRLA_ABLATIONS.items())
        st.caption(
            f"MAE and RMSE in mph. Published average MAE without {parts}; of the "
            "complete model: 2.92. The published test windows extend up to 11 steps across the "
            "boundary of the splits; they are used here too, so that the numbers are comparable."
        )


@shown_as_message()
def _draw_diagram(sketch: Sketch) -> None:
    section(
        "How does it work?",
        "The encoders' parameters are generated from embeddings (left), the decoder's from the "
        "encoders' last hidden states, so that they depend on the input.",
    )
    st.markdown(model_diagram(sketch), unsafe_allow_html=True)  # st.html drops SVG


@shown_as_message()
def _draw_guide(model: LearntModel) -> None:
    learnt = (
        "does not store separate weights for each sensor and hour: it multiplies an embedding "
        "(the *query*) with a shared *pool*. The generated weights are called *meta-parameters*"
        if model.convolutions
        else "has an *embedding* for each sensor and each time"
    )
    section(
        "How to read the pages",
        f"{model.architecture} {learnt}, and the pages show which of them are similar. Where a "
        "page judges clusters or similarities, it also shows a statistic and its value under a "
        "*null model* without structure: trust the picture only as far as the two differ.",
    )
    pages = EVERY[1:]
    for start in range(0, len(pages), _COLUMNS):
        for column, page in zip(st.columns(_COLUMNS), pages[start:], strict=False):
            with column.container(border=True, height="stretch"):
                link_to(page, f"**{page.title}**")
                st.markdown(page.asks)


def _facts(title: str, rows: list[tuple[str, object]]) -> None:
    """Draw a table of names and values with a title."""
    cells = "".join(
        f"<tr><td>{texts.html(name)}</td><td>{texts.html(value)}</td></tr>" for name, value in rows
    )
    st.html(
        "<style>.facts { width: 100%; border-collapse: collapse; font-size: .92rem; } "
        ".facts caption { text-align: left; font-weight: 600; padding-bottom: .3rem; } "
        ".facts td { padding: .3rem 0; vertical-align: top; overflow-wrap: anywhere; "
        "border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent); } "
        ".facts td:first-child { opacity: .7; width: 38%; padding-right: .8rem; }</style>"
        f'<table class="facts"><caption>{title}</caption>{cells}</table>'
    )


@shown_as_message()
def _draw_details(checkpoint: OpenCheckpoint) -> None:
    arrays, info = checkpoint.arrays, checkpoint.arrays.dataset
    section(
        "What exactly is in the file?",
        "The description that the checkpoint contains; `python -m himnet info` prints it too.",
    )
    sensors = info.sensors
    known = {
        "coordinates": sensors.has_coordinates,
        "names": sensors.name is not None,
        "roads": sensors.has_roads,
    }
    left, middle, right = st.columns(3)
    with left:
        _facts(
            "Data",
            [
                ("name", shown_name(info.name) or "not known"),
                ("dates", _span(info)),
                ("step", duration_text(info.step_minutes)),
                ("sensors", f"{info.num_nodes:,}"),
                ("sensor metadata", ", ".join(k for k, v in known.items() if v) or "ids only"),
                *([("source", credit)] if (credit := credit_of(info)) else []),
                ("scaler", f"mean {arrays.scaler.mean:.5f}, std {arrays.scaler.std:.5f}"),
            ],
        )
    with middle:
        _facts("Model", list(arrays.model.sizes.items()))
    with right:
        told = [(str(key).replace("_", " "), value) for key, value in arrays.training.items()]
        _facts("Training", told or [("training", "not known")])
    st.caption(f"sha256 of weights and description: `{checkpoint.sha256}`")


def draw(checkpoint: OpenCheckpoint) -> None:
    """Draw the page."""
    model, info = checkpoint.arrays.model, checkpoint.arrays.dataset
    page_header(
        "What is this model?",
        f"A {model.architecture} that forecasts the {texts.markdown(info.quantity)} at "
        f"{info.num_nodes:,} sensors of "
        f"**{texts.markdown(shown_name(info.name) or 'an unnamed data set')}** "
        f"({_span(info)}), {duration_words(model.out_steps * info.step_minutes)} ahead.",
    )
    _draw_figures(checkpoint)
    left, right = st.columns([3, 2], gap="medium")
    _draw_accuracy(checkpoint)
    if model.sketch is not None:
        _draw_diagram(model.sketch)
    _draw_guide(model)
    _draw_details(checkpoint)
    # last, so that the rest is there while the libraries are imported
    with left:
        wait_for_libraries()
        _draw_learnt(checkpoint)
        _say_used(checkpoint)
    with right:
        _draw_map(checkpoint)


draw(current_checkpoint())
