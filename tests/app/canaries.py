"""Canaries: a checkpoint with a telling text in every field, and what becomes of it on a page.

`leaks` lists where a page hands the text on as it is to something that takes it for more than a
text. `Sites` finds every place of the program that calls a function of `himnet.texts`, notes which
of them a page passes, and takes them away.
"""

import csv
import dis
import io
import json
import shlex
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import CodeType

import numpy as np
from google.protobuf.message import Message
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from himnet import texts
from himnet.data.info import Sensors
from himnet.data.load import load_dataset
from tests.app import made_up

ROOT = Path(texts.__file__).parents[1]
ROOMS = tuple(str(ROOT / room) + "/" for room in ("himnet", "analysis", "app"))
MEDIA = (
    "markdown", "html", "plotly", "plotlies", "csv_cell", "command", "script_json", "latex"
)  # fmt: skip
# a word that Markdown, HTML, Plotly and templates would change; nothing in it is a path's
CANARY = "<i>*q*$x${{7}}%{y}[l]&lt;~s~"
SHEET = f"=1+{CANARY}"  # what a spreadsheet would run, too
# names of the checkpoints: with all there is, without a data set, and so on
FULL, NO_DATA, NAMELESS, BARE, NO_CLUSTERS, UNSEALED = (
    f"{name} {CANARY}" for name in ("full", "no data", "nameless", "bare", "no E_s", "unsealed")
)
# fields in which Streamlit takes a text for nothing but a text
PLAIN_FIELDS = {
    "id", "key", "form_id", "alt", "placeholder", "code_text", "url", "page_script_hash",
    "file_name", "metadata", "query_string", "element_id", "user_key", "queryParamKey",
    "query_param_key",
}  # fmt: skip
PLAIN_OPTIONS = {"Selectbox", "MultiSelect"}  # whose options and values are shown letter by letter


def canary_info():
    """The identity of a city in which every text is a canary."""
    info = made_up.city_info()
    sensors, count = info.sensors, made_up.SENSORS
    ids = tuple(f"{SHEET} {n}" if n % 2 else f"{n} {CANARY}" for n in range(count))
    freeway = tuple(f"{name} {CANARY}" for name in sensors.freeway or ())
    named = Sensors(
        ids, sensors.latitude, sensors.longitude, freeway, sensors.direction,
        name=tuple(f"street {CANARY} {n}" for n in range(count)),
    )  # fmt: skip
    return replace(
        info, name=f"city {CANARY}", quantity=f"speed {CANARY}", unit=f"mph {CANARY}",
        source=f"source {CANARY}", licence=f"licence {CANARY}", sensors=named,
    )  # fmt: skip


def make_all(folder: Path) -> Path:
    """Write the canaries' checkpoints: with a track and snapshots, and with less and less."""
    info, said = canary_info(), {"steps": 100, f"note {CANARY}": CANARY}
    more = {"training": said, "metrics": made_up.METRICS}
    made_up.add_track(made_up.save(folder, FULL, info=info, **more))
    snapshot = folder / FULL / "snapshots" / "step-000010.safetensors"
    made_up.save(snapshot.parent, snapshot.name, info=info)
    made_up.save(folder, NO_DATA, info=replace(info, name=f"x/{info.name}"))
    made_up.save(folder, NAMELESS, info=replace(info, name=""))
    bare = made_up.save(folder, BARE, info=replace(info, sensors=Sensors(info.sensors.ids)))
    made_up.add_track(bare, of="0" * 64)
    ablated = made_up.save(folder, NO_CLUSTERS, replace(made_up.CONFIG, ablate="E_s"), info)
    made_up.add_track(ablated)
    _unseal(made_up.save(folder, f"{UNSEALED}.safetensors", info=info))
    return folder


def _unseal(file: Path) -> None:
    """Take a checkpoint's sum away, so that a warning tells its file's name."""
    with safe_open(file, "numpy") as opened:
        told = dict(opened.metadata())
    save_file(load_file(file), file, {k: text for k, text in told.items() if k != "sha256"})


def make_data(folder: Path) -> Path:
    """Write the data set that the canaries' checkpoints name."""
    info, place = canary_info(), folder / "canaries"
    place.mkdir()
    steps = np.arange(5 * 288)
    phase = np.arange(made_up.SENSORS)
    values = 50 + 10 * np.sin(steps[:, None] / 46 + phase)
    tod = np.repeat((steps % 288 / 288)[:, None], len(phase), axis=1)
    dow = np.repeat((steps // 288 % 7)[:, None], len(phase), axis=1)
    np.savez(place / "data.npz", data=np.stack([values, tod, dow], axis=-1).astype(np.float32))
    starts = np.arange(len(steps) - 23)[:, None] + np.array([0, 12, 24])
    ends = (int(len(starts) * 0.6), int(len(starts) * 0.8))
    np.savez(
        place / "index.npz",
        train=starts[: ends[0]], val=starts[ends[0] : ends[1]], test=starts[ends[1] :],
    )  # fmt: skip
    sensors = info.sensors
    with (place / "sensors.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "latitude", "longitude", "freeway", "direction"))
        writer.writerows(
            zip(sensors.ids, sensors.latitude, sensors.longitude, sensors.freeway,
                sensors.direction, strict=True)
        )  # fmt: skip
    (place / "dataset.json").write_text(
        json.dumps(
            {"name": info.name, "quantity": info.quantity, "unit": info.unit,
             "start": "2024-01-01T00:00", "step_minutes": 5}
        )
    )  # fmt: skip
    assert load_dataset(info.name, folder).sensors.ids == sensors.ids
    return folder


def leaks(app) -> list[str]:
    """List where a page hands the canary on as it is to what takes it for more than a text."""
    found: list[str] = []
    for node in _nodes(app._tree):
        proto = getattr(node, "proto", None)
        if isinstance(proto, Message):
            found += _leaks_of(proto)
    return found


def leaks_of_file(name: str, content: str) -> list[str]:
    """List the cells of a CSV file that a spreadsheet would run; other files have none here."""
    if not name.endswith(".csv"):
        return []
    rows = csv.reader(io.StringIO(content))
    cells = (cell for row in rows for cell in row if CANARY in cell)
    return [f"{name}: {cell}" for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def leaks_of_command(line: str) -> list[str]:
    """List what is wrong with a command to copy: the canary must be within one argument."""
    if "python" not in line or "<i>" not in line:
        return []
    try:
        words = shlex.split(line[line.index("python") :])
    except ValueError:
        return [f"command: {line}"]
    # a shell would act upon the signs of a canary outside of quotes
    told = [word for word in words if "<i>" in word]
    raw = any(f" {word}" in line and shlex.quote(word) != word for word in told)
    return [f"command: {line}"] if raw or not all(CANARY in word for word in told) else []


def _nodes(block) -> Iterator[object]:
    yield block
    for child in getattr(block, "children", {}).values():
        yield from _nodes(child)


def _leaks_of(proto: Message) -> list[str]:
    kind, found = type(proto).__name__, []
    if kind == "Code":
        return leaks_of_command(proto.code_text)
    if kind == "PlotlyChart":
        return [f"Plotly {place}" for place in _raw_in(json.loads(proto.spec))]
    if kind == "ComponentInstance":
        script = json.loads(proto.json_args)["script"]
        return [f"map: {script}"] if CANARY in script else []
    if kind in ("BidiComponent", "Arrow", "ArrowDataFrame"):
        return []  # told to canvases and text nodes; see the browser's tests
    for name, value in _texts_of(proto, kind):
        if CANARY in value:
            found.append(f"{kind}.{name}: {value}")
    return found


def _texts_of(proto: Message, kind: str) -> Iterator[tuple[str, str]]:
    for field, value in proto.ListFields():
        if field.name in PLAIN_FIELDS or (
            kind in PLAIN_OPTIONS and field.name not in ("label", "help")
        ):
            continue
        for one in value if field.is_repeated else [value]:
            if isinstance(one, str):
                yield field.name, one
            elif isinstance(one, Message):
                yield from _texts_of(one, type(one).__name__)


def leaks_of_figure(figure) -> list[str]:
    """List where a Plotly figure holds the canary as it is."""
    return list(_raw_in(json.loads(figure.to_json())))


def _raw_in(value, place: str = "") -> Iterator[str]:
    """Yield where a figure holds the canary as it is; ids and what is not drawn may.

    So may the ground of a map: MapLibre draws the values of its features letter by letter.
    """
    if isinstance(value, dict):
        for name, one in value.items():
            if name != "meta" and f"{place}.{name}" != ".layout.map.style.sources":
                yield from _raw_in(one, f"{place}.{name}")
    elif isinstance(value, list):
        rows = place.endswith(".customdata")
        for number, one in enumerate(value):
            shown = one[1:] if rows and isinstance(one, list) else one
            yield from _raw_in(shown, f"{place}[{number}]" if not rows else f"{place} row")
    elif isinstance(value, str) and CANARY in value:
        yield f"{place}: {value}"


Site = tuple[str, str, int]  # file, name of the function, place in its bytecode


class Sites:
    """The calls of `himnet.texts` while it is patched.

    Attributes:
        passed: sites that a canary went through, with a number each.
        are_open: whether escapes are taken away; each canary then carries its site's number.
    """

    def __init__(self, monkeypatch) -> None:
        self.passed: dict[Site, int] = {}
        self.are_open = False
        for name in MEDIA:
            monkeypatch.setattr(texts, name, self._watched(name, getattr(texts, name)))

    def _watched(self, name, escape):
        def watched(*given):
            given = tuple(list(one) if name == "plotlies" else one for one in given)
            site = _site()
            if site is None or CANARY not in str(given):
                return escape(*given)
            number = self.passed.setdefault(site, len(self.passed))
            return _raw(name, given, mark(number)) if self.are_open else escape(*given)

        return watched


def mark(number: int) -> str:
    """Return what follows a canary that went through a site whose escape was taken away."""
    return f"#{number}#"


def _raw(name, given, tail):
    def tagged(text):
        return str(text).replace(CANARY, f"{CANARY}{tail}")

    if name == "plotlies":
        return [tagged(one) for one in given[0]]
    if name == "command":
        return " ".join(map(tagged, given))
    return tagged(json.dumps(given[0]) if name == "script_json" else given[0])


def _site() -> Site | None:
    frame = sys._getframe(2)
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(ROOMS) and path != texts.__file__:
            return path.removeprefix(f"{ROOT}/"), frame.f_code.co_qualname, frame.f_lasti
        frame = frame.f_back
    return None


def calls_in_source() -> Counter[tuple[str, str]]:
    """Count the calls of `himnet.texts` in the three rooms, by file and function."""
    found: Counter[tuple[str, str]] = Counter()
    for room in ROOMS:
        for path in Path(room).rglob("*.py"):
            if str(path) != texts.__file__:
                code = compile(path.read_text(encoding="utf-8"), str(path), "exec")
                for one in _codes(code):
                    count = _calls(one)
                    if count:
                        found[str(path).removeprefix(f"{ROOT}/"), one.co_qualname] += count
    return found


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _calls(code: CodeType) -> int:
    steps = list(dis.get_instructions(code))
    return sum(one.argval == "texts" and then.argval in MEDIA for one, then in pairwise(steps))
