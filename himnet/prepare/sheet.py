"""The fact sheet of a prepared data set, for the screen, as Markdown and as JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np

from himnet import texts
from himnet.data.info import DAY_NAMES
from himnet.data.windows import SPLITS
from himnet.prepare.build import Prepared
from himnet.prepare.facts import as_json
from himnet.prepare.places import first_few

_LISTED = 10  # sensors with the most missing readings


def sheet(found: Prepared) -> dict[str, Any]:
    """Return the facts as plain values, for ``--json``."""
    grid, facts = found.grid, found.facts
    moments = grid.moments
    told = as_json(facts, found.placed.sensors.ids)
    by_sensor = told.pop("sensors")
    return {
        "kind": found.told.kind,
        "sensors": len(found.placed.sensors),
        "steps": len(moments),
        "start": str(moments[0]) if grid.dated else None,
        "end": str(moments[-1]) if grid.dated else None,
        "step_minutes": grid.step / 60,
        "labels": dict(found.labels),
        "split": None if found.split is None else list(found.split),
        "windows": {name: len(found.windows[name]) for name in SPLITS},
        "rows": {"read": found.spool.length, **grid.counts},
        "notes": list(found.notes),
        "doubts": doubts(found),
        **told,
        "by_sensor": by_sensor,
    }


def doubts(found: Prepared) -> list[str]:
    """Return what the user should look at, each as a sentence."""
    facts, ids = found.facts, found.placed.sensors.ids
    told = [
        f"{why}: if that means no reading, prepare again with --missing {code:g}"
        for code, why in facts.suspects.items()
        if found.labels["missing_value"] != code
    ]
    for positions, what in (
        (facts.dead, "sensors without any reading"),
        (facts.constant, "sensors that always have the same reading"),
    ):
        if len(positions):
            told.append(f"{what}: {first_few([ids[position] for position in positions])}")
    return [*told, *found.placed.doubts]


def as_text(found: Prepared) -> str:
    """Return the fact sheet for the screen."""
    lines = [f"{label:<12} {value}" for label, value in _facts(found)]
    return "\n".join(
        [
            *lines,
            *(f"note: {texts.line(note)}" for note in found.notes),
            *(f"look at: {texts.line(doubt)}" for doubt in doubts(found)),
        ]
    )


def as_markdown(found: Prepared, name: str, command: str) -> str:
    """Return the fact sheet as a ``README.md``.

    Args:
        found: the data set.
        name: of the data set.
        command: with which it was made.
    """
    plain: Callable[[object], str] = texts.markdown
    parts = [f"# {plain(name)}", "", "| fact | value |", "|---|---|"]
    parts += [f"| {label} | {plain(value)} |" for label, value in _facts(found)]
    for title, notes in (("What was done", found.notes), ("What to look at", doubts(found))):
        if notes:
            parts += ["", f"## {title}", "", *(f"- {plain(note)}" for note in notes)]
    parts += ["", "## Sensors with the most missing readings", "", *_table(found)]
    parts += ["", "Made with", "", f"    {texts.line(command)}", ""]
    return "\n".join(parts)


def _facts(found: Prepared) -> list[tuple[str, str]]:
    grid, facts, labels = found.grid, found.facts, found.labels
    moments = grid.moments
    minutes = grid.step / 60
    code = labels["missing_value"]
    weekday = DAY_NAMES[moments[0].astype(dt.datetime).weekday()]
    known = [
        what
        for what, there in (
            ("places", found.placed.sensors.has_coordinates),
            ("roads", found.placed.sensors.has_roads),
        )
        if there
    ]
    split = "the source's" if found.split is None else "/".join(f"{s:.0%}" for s in found.split)
    counts = ", ".join(f"{name} {len(found.windows[name]):,}" for name in SPLITS)
    longest = int(facts.longest.argmax())
    sensor = texts.clipped(found.placed.sensors.ids[longest], 60)
    told = {
        "source": found.told.kind,
        "time": f"{moments[0]} ({weekday}) to {moments[-1]}" if grid.dated else "no dates",
        "step": f"{minutes:g} minutes, {grid.steps_per_day} a day; {len(moments):,} steps",
        "sensors": f"{len(found.placed.sensors):,}; {', '.join(known) or 'places not'} known",
        "readings": f"{labels['quantity']} {labels.get('unit') or '(unit not known)'}, "
        f"{np.nanmin(facts.least):g} to {np.nanmax(facts.most):g}",
        "missing": "none",
        "windows": f"{counts} ({split})",
    }
    if facts.missing.any():
        hours = facts.longest[longest] * minutes / 60
        silent = f", all sensors at {facts.silent:,} steps" if facts.silent else ""
        told["missing"] = (
            f"{facts.share_missing:.2%} of the readings{silent}; stored as {code:g}; longest gap "
            f"{facts.longest[longest]:,} steps ({hours:,.1f} hours) of sensor {sensor}"
        )
    return list(told.items())


def _table(found: Prepared) -> list[str]:
    facts, ids = found.facts, found.placed.sensors.ids
    order = np.argsort(-facts.missing, kind="stable")[:_LISTED]
    rows = [
        f"| {texts.markdown(ids[one])} | {facts.missing[one] / facts.steps:.2%} | "
        f"{facts.longest[one]:,} | {facts.mean[one]:.4g} |"
        for one in order
    ]
    return ["| sensor | missing | longest gap (steps) | mean |", "|---|---|---|---|", *rows]
