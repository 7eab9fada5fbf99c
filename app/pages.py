"""The pages of the explorer: how they are called, grouped and told apart in a sentence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PageInfo:
    """A page.

    Attributes:
        file: its name in `app_pages`, without ending; its address too.
        title: in the menu.
        icon: of Material Symbols.
        asks: what it answers, in a sentence or two.
    """

    file: str
    title: str
    icon: str
    asks: str


FIRST = PageInfo("overview", "Overview", "home", "What is this model, and how good?")
SECTIONS: dict[str, tuple[PageInfo, ...]] = {
    "Look": (
        PageInfo(
            "explore",
            "Explore",
            "highlight_mouse_cursor",
            "What is special about these sensors? One selection in the projection, on the map, "
            "over time and as a table.",
        ),
        PageInfo(
            "temporal",
            "Temporal",
            "schedule",
            "Which hours and days does the model treat alike? The 168 hours of a week by the "
            "parameters that the model makes for them.",
        ),
        PageInfo(
            "spatial",
            "Spatial",
            "map",
            "Which sensors does it treat alike, and do they share a road? Clusters of sensors, "
            "on the map and in time.",
        ),
        PageInfo(
            "st_mixed",
            "ST-mixed",
            "blur_on",
            "How does what is alike change over a day? Speeds of two groups of sensors, and the "
            "similarity of their parameters at each moment.",
        ),
        PageInfo(
            "neighbours",
            "Neighbours",
            "hub",
            "Who is nearest in the model's eyes? Sensors that are similar but far apart, close "
            "but different, and hours that are alike.",
        ),
    ),
    "Ask": (
        PageInfo(
            "forecasts",
            "Forecasts",
            "trending_up",
            "How good are the forecasts, and where not? By horizon, on the map, by group, and in "
            "congestion.",
        ),
        PageInfo(
            "what_if",
            "What if",
            "swap_calls",
            "Does the model use what looks like structure? Forecasts with the parameters of "
            "another sensor, cluster or moment.",
        ),
        PageInfo(
            "compare",
            "Compare",
            "compare",
            "What is different about another model? Two seeds, an ablation, or one training as a "
            "film.",
        ),
        PageInfo(
            "claims",
            "Claims",
            "balance",
            "Which of the paper's claims hold? Each with a number, and with what chance and "
            "untrained models give.",
        ),
    ),
    "Print": (
        PageInfo(
            "figures",
            "Figures",
            "picture_as_pdf",
            "The paper's figures for this model, ready for print, and the command that makes "
            "the same files.",
        ),
    ),
}
TOUR = PageInfo(
    "tour",
    "Tour",
    "school",
    "Eight short steps for a class: a question, a view and an answer each, from two places to the "
    "what-if.",
)
EVERY = (FIRST, TOUR, *(page for pages in SECTIONS.values() for page in pages))
