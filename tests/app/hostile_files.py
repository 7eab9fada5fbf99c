"""Checkpoints whose every text is hostile, sealed and in order as files; see `tests.hostile`."""

from dataclasses import replace
from pathlib import Path

from himnet.data.info import Sensors
from tests.app import made_up
from tests.hostile import TEXTS

GROUPS = {  # texts that one checkpoint holds together
    "markup": ("template", "image", "script", "style"),
    "formulas": ("markdown", "maths", "code", "lists"),
    "commands": ("shell", "sheet", "links", "hover"),
}


def make_all(folder: Path, *, apart: bool) -> list[str]:
    """Write the checkpoints, each once plain and once with a track, and return their names.

    Args:
        folder: for them.
        apart: whether each text gets a checkpoint of its own.
    """
    groups = {name: (name,) for name in TEXTS} if apart else GROUPS
    for name, members in groups.items():
        info = hostile_info([TEXTS[member] for member in members])
        training = {f"note {TEXTS[member]}": TEXTS[member] for member in members}
        made_up.save(folder, f"plain-{name}", info=info, training=training)
        tracked = made_up.save(folder, f"tracked-{name}", info=info, training=training)
        made_up.add_track(tracked)
        snapshot = tracked.parent / "snapshots" / "step-000010.safetensors"
        made_up.save(snapshot.parent, snapshot.name, info=info)
    return [f"{kind}-{name}" for name in groups for kind in ("plain", "tracked")]


def hostile_info(texts):
    """The identity of a city with hostile texts in all of its fields."""
    info, every, all_texts = made_up.city_info(), " ".join(texts), list(TEXTS.values())
    sensors, count = info.sensors, made_up.SENSORS
    # a text alone, at the beginning, and at the end of others
    ids = tuple(f"{all_texts[n % len(all_texts)]} {n}" for n in range(count))
    freeway = tuple(f"{name} {every}" for name in sensors.freeway or ())
    direction = tuple(f"{way}{texts[0]}" for way in sensors.direction or ())
    named = Sensors(ids, sensors.latitude, sensors.longitude, freeway, direction)
    return replace(
        info, name=f"city {every}", quantity=f"speed {every}", unit=f"mph {every}", sensors=named
    )
