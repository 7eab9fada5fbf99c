"""All figures by their number in the paper, for the command line, the app and notebooks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import AnalysisError
from analysis.limits import is_large, left_out
from analysis.material import Material
from analysis.paper.canvas import WIDTHS_MM, checked_width
from analysis.paper.lettering import Lettering, lettered
from analysis.paper.save import Drawn, figure_bytes
from analysis.paper.settings import (
    FIGURES,
    OWN_FIGURES,
    TITLES,
    FigureSettings,
    file_stem,
    heading,
)
from himnet.metrics import without_nan

if TYPE_CHECKING:
    from analysis.paper.figure4 import Project

FORMAT = "himnet-figures/1"
SWEEP, EFFICIENCY = Path("runs/dimensions"), Path("runs/efficiency.json")


@dataclass(frozen=True)
class Results:
    """The locations of the results that figures 3 and 7 show.

    Attributes:
        sweep: folder written by ``himnet sweep dimensions``.
        efficiency: file with the output of ``himnet efficiency --json``.
    """

    sweep: Path = SWEEP
    efficiency: Path = EFFICIENCY


def draw(
    figure: str,
    material: Material,
    settings: FigureSettings | None = None,
    *,
    width: str = "double",
    results: Results | None = None,
    project: Project | None = None,
) -> Drawn:
    """Draw one figure of the paper.

    Args:
        figure: its number, one of `FIGURES`.
        material: the checkpoint with its track and data set.
        settings: every choice; None uses the defaults.
        width: ``"single"`` (84 mm) or ``"double"`` (178 mm).
        results: for figures 3 and 7.
        project: for figure 4; see there.

    Raises:
        AnalysisError: for an unknown figure, width or font, if something that a figure needs is
            missing, or for a city with too many sensors.
    """
    from analysis.paper.city import credit_in, said_of_place
    from analysis.paper.figure1 import figure1
    from analysis.paper.figure3 import figure3
    from analysis.paper.figure4 import figure4
    from analysis.paper.figure5 import figure5, figure6
    from analysis.paper.figure7 import figure7
    from analysis.paper.identity import identity_curve
    from analysis.paper.learnt_graph import learnt_graph_figure

    column, places = checked_width(width), results or Results()
    chosen = settings or FigureSettings.of_sensors(material.info.num_nodes)
    lettering = Lettering(chosen.font, chosen.svg_text)
    of_results = {"3": (figure3, places.sweep), "7": (figure7, places.efficiency)}
    of_model: dict[str, Callable[..., Drawn]] = {
        "1": figure1,
        "4": partial(figure4, project=project),
        "5": figure5,
        "6": figure6,
        "graph": learnt_graph_figure,
        "identity": identity_curve,
    }
    if figure not in {**of_results, **of_model}:
        raise AnalysisError(f"there is no figure '{figure}'; choose {', '.join(FIGURES)}")
    if figure in of_model and is_large(material.info.num_nodes):
        raise AnalysisError(left_out(heading(figure), "the pages of the explorer show such a city"))
    with lettered(lettering):
        if figure in of_results:
            draw_results, place = of_results[figure]
            drawn = draw_results(place, chosen, width=column)
        else:
            drawn = of_model[figure](material, chosen, width=column)
    caption = drawn.caption + credit_in(drawn.figure)
    if figure in of_model:
        caption += said_of_place(material.info.sensors, material.basemap)
        caption += f" Data: {material.credit}." if material.credit else ""
    return replace(drawn, lettering=lettering, caption=caption)


def about(
    figure: str, drawn: Drawn, material: Material, settings: FigureSettings, width: str
) -> dict[str, Any]:
    """Return all that is needed to draw a figure again, as JSON types without paths or times."""
    return {
        "figure": figure,
        "title": drawn.title or TITLES[figure],
        "width_mm": WIDTHS_MM[checked_width(width)],
        "checkpoint_sha256": material.arrays.sha256,
        "dataset": material.info.name,
        "data": material.credit,
        "readings": material.dataset is not None,
        "settings": settings.to_dict(),
        "case": dict(drawn.case),
        "caption": drawn.caption,
    }


def files(
    figure: str,
    drawn: Drawn,
    told: Mapping[str, Any],
    formats: Sequence[str],
) -> list[tuple[str, bytes]]:
    """Return name and content of a figure's files.

    Args:
        figure: its number.
        drawn: the figure.
        told: what `about` returned; it is stored in the metadata.
        formats: of `analysis.paper.save.FORMATS`.

    Raises:
        AnalysisError: for an unknown format.
    """
    own = figure in OWN_FIGURES
    title = heading(figure) if own else f"{heading(figure)}: {told['title']}"
    return [
        (
            f"{file_stem(figure)}.{name}",
            figure_bytes(drawn.figure, name, title=title, about=told, lettering=drawn.lettering),
        )
        for name in formats
    ]


def figures_json(told: Sequence[Mapping[str, Any]], settings: FigureSettings) -> bytes:
    """Return the content of figures.json, from which ``--settings`` draws the same figures."""
    per_figure = {
        entry["figure"]: {key: part for key, part in entry.items() if key != "settings"}
        for entry in told
    }
    content = {"format": FORMAT, "settings": settings.to_dict(), "figures": per_figure}
    text = json.dumps(without_nan(content), indent=2, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()
