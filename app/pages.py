"""The pages of the explorer: their titles, their groups, and what each is about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PageInfo:
    """A page.

    Attributes:
        file: its name in `app_pages` without the suffix, which is also its address.
        title: its title in the menu.
        icon: a name from Material Symbols.
        asks: the question that it answers, in a sentence or two.
    """

    file: str
    title: str
    icon: str
    asks: str


FIRST = PageInfo("overview", "Overview", "home", "What is this model, and how accurate is it?")
SECTIONS: dict[str, tuple[PageInfo, ...]] = {
    "Structure": (
        PageInfo(
            "explore",
            "Explore",
            "highlight_mouse_cursor",
            "What is special about these sensors? One selection in the projection, on the map, "
            "over time and in a table.",
        ),
        PageInfo(
            "temporal",
            "Temporal",
            "schedule",
            "Which hours and days does the model treat similarly? The 168 hours of a week by the "
            "parameters that the model generates for them.",
        ),
        PageInfo(
            "spatial",
            "Spatial",
            "map",
            "Which sensors does the model treat similarly, and where are they? Clusters of "
            "sensors, on the map and over time.",
        ),
        PageInfo(
            "st_mixed",
            "ST-mixed",
            "blur_on",
            "How does similarity change over a day? Readings of two groups of sensors, and the "
            "similarity of their parameters at each moment.",
        ),
        PageInfo(
            "neighbours",
            "Neighbours",
            "hub",
            "What does the model consider similar? Sensors that are similar but far apart or "
            "close but different, and similar hours.",
        ),
    ),
    "Prediction": (
        PageInfo(
            "forecasts",
            "Forecasts",
            "trending_up",
            "How accurate are the forecasts, and where do they fail? By horizon, on the map, by "
            "group, and by what was read.",
        ),
        PageInfo(
            "what_if",
            "What if",
            "swap_calls",
            "Does the model use this structure? Forecasts with the parameters of another sensor, "
            "cluster or moment.",
        ),
        PageInfo(
            "why",
            "Why",
            "manage_search",
            "What moved a forecast? Which sensors' readings, how far away and how long before, for "
            "one forecast and on average.",
        ),
    ),
    "Evidence": (
        PageInfo(
            "claims",
            "Claims",
            "balance",
            "Which of the paper's claims hold? Each is measured, and compared with chance and with "
            "untrained models.",
        ),
        PageInfo(
            "compare",
            "Compare",
            "compare",
            "How does another model differ? Two seeds, an ablation, or snapshots of training.",
        ),
        PageInfo(
            "figures",
            "Figures",
            "picture_as_pdf",
            "The paper's figures for this model, ready for print, and a command that writes them.",
        ),
    ),
}
TOUR = PageInfo(
    "tour",
    "Tour",
    "school",
    "A lesson in eight short steps, each with a question, a view and an answer.",
)
EVERY = (FIRST, TOUR, *(page for pages in SECTIONS.values() for page in pages))


def page_named(file: str) -> PageInfo:
    """Return the page of a file; see `PageInfo.file`."""
    return next(page for page in EVERY if page.file == file)
