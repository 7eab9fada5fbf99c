"""Load altered files one after the other in a process of its own, and tell what came of each.

python -m tests.himnet.checkpoints.fuzz_worker {model,track,measured,pt} FOLDER FIRST COUNT
"""

import json
import re
import signal
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np

from himnet.checkpoints import load_arrays
from himnet.checkpoints.measured import read_measured
from himnet.cli.describe import describe
from himnet.errors import CheckpointError
from himnet.forecasting.track import load_track
from tests.himnet.checkpoints.alterations import altered_measured, altered_model, altered_track
from tests.himnet.checkpoints.sealing import parts_of

SECONDS = 60  # for one file, on a machine that does much else
INTACT_TRACK = "intact.safetensors"
INTACT_MEASURED = "intact-measured.safetensors"
FORBIDDEN = re.compile(
    r"os\.(system|exec|fork|posix_spawn|spawn|remove|rename|rmdir|mkdir|chmod|putenv|kill)"
    r"|subprocess\.|socket\.|ftplib\.|urllib\.|shutil\.|ctypes\.dlopen|pty\.|webbrowser\."
)


class _Watch:
    """What the process did that reading a file does not need."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.on = False
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: tuple) -> None:
        if self.on and FORBIDDEN.match(event):
            self.seen.append(f"{event} {args}"[:200])


def base(folder: Path, seed: int) -> Path:
    """Return the folder of the model and track to alter: a city's, or one with nothing known."""
    return folder / ("city", "bare")[seed // 8 % 2]


def check_model(folder: Path, seed: int) -> tuple[str, str]:
    """Load one altered model and use it; return how it was altered, and what came of it."""
    from tests.himnet.checkpoints.usable import use

    intact = (base(folder, seed) / "model.safetensors").read_bytes()
    altered = altered_model(intact, seed)
    path = folder / "altered.safetensors"
    path.write_bytes(altered.content)
    try:
        loaded = load_arrays(path)
    except CheckpointError as error:
        return altered.how, _refusal(error)
    said = parts_of(altered.content if altered.resealed else intact)
    for name, values in loaded.weights.items():
        wanted = _stored(said.arrays, name).astype(np.float32)
        assert np.array_equal(values, wanted), f"other numbers in {name}"
    assert loaded.config.to_dict().items() >= said.description["config"].items()
    assert loaded.scaler.to_dict() == said.description["scaler"]
    told = {k: v for k, v in said.description["dataset"].items() if k != "sensors"}
    assert loaded.dataset.to_dict().items() >= told.items()
    assert loaded.training == said.description["training"]
    assert loaded.metrics == said.description["metrics"]
    use(loaded)
    return altered.how, "loaded"


def check_track(folder: Path, seed: int) -> tuple[str, str]:
    """Load one altered track beside its intact model and use it; returns as `check_model`."""
    from tests.himnet.checkpoints.usable import use_track

    model = base(folder, seed) / "model.safetensors"
    intact = model.with_name(INTACT_TRACK).read_bytes()
    altered = altered_track(intact, seed)
    model.with_name("track.safetensors").write_bytes(altered.content)
    try:
        track = load_track(model)
    except CheckpointError as error:
        return altered.how, _refusal(error)
    assert track is not None
    said = parts_of(altered.content if altered.resealed else intact)
    for name, values in said.arrays.items():
        assert np.array_equal(getattr(track, name), values), f"other numbers in {name}"
    for name, value in said.description.items():
        found = getattr(track, name)
        if name != "start" or value is not None:  # the model's calendar stands in for none
            assert (list(found) if name == "horizons" else found) == value
    use_track(track, load_arrays(model).dataset)
    return altered.how, "loaded"


def check_measured(folder: Path, seed: int) -> tuple[str, str]:
    """Read one altered file of measurements beside its intact model; returns as `check_model`."""
    model = base(folder, seed) / "model.safetensors"
    intact = model.with_name(INTACT_MEASURED).read_bytes()
    altered = altered_measured(intact, seed)
    path = model.with_name("measured.safetensors")
    path.write_bytes(altered.content)
    loaded = load_arrays(model)  # whatever lies beside it
    for text in loaded.warnings:
        _refusal(CheckpointError(text))
    json.dumps(describe(model), allow_nan=False)
    try:
        parts = read_measured(path)
    except CheckpointError as error:
        if loaded.warnings == (str(error),):
            return altered.how, _refusal(error)
        raise AssertionError(f"another warning: {loaded.warnings}") from error
    said = parts_of(altered.content if altered.resealed else intact)
    for name, part in said.description["parts"].items():
        for key, value in part.items():
            assert getattr(parts[name], key) == value
    found = {f"{name}:{n}": a for name, part in parts.items() for n, a in part.arrays.items()}
    assert found.keys() == said.arrays.keys()
    for name, values in said.arrays.items():
        assert np.array_equal(found[name], values, equal_nan=True), f"other numbers in {name}"
    return altered.how, "loaded"


def check_pickle(folder: Path, seed: int) -> tuple[str, str]:
    """Read one altered ``.pt``; returns as `check_model`."""
    from himnet.checkpoints.convert import read_state_dict
    from tests.himnet.checkpoints.altered_pickles import altered_pickle

    how, content, expected = altered_pickle(folder, seed)
    path = folder / "altered.pt"
    path.write_bytes(content)
    try:
        found = read_state_dict(path)
    except CheckpointError as error:
        return how, _refusal(error)
    assert expected is not None, "it was read, but holds what must not be read"
    assert found.keys() == expected.keys(), "other names"
    for name, values in found.items():
        assert np.array_equal(values, expected[name], equal_nan=True), f"other numbers in {name}"
    return how, "loaded"


def _refusal(error: CheckpointError) -> str:
    text = str(error)
    assert len(text.splitlines()) == 1, "a message of several lines"
    assert len(text) < 3000, "an endless message"
    assert "Traceback" not in text
    return "refused"


def _stored(arrays, name):
    wrapped = (prefix + name for prefix in ("", "module.", "_orig_mod."))
    return next(arrays[one] for one in wrapped if one in arrays)


def _too_long(*_) -> None:
    raise TimeoutError(f"it took over {SECONDS} s")


def main(kind: str, folder: Path, first: int, count: int) -> dict:
    """Check some files and return what came of them."""
    check = globals()[f"check_{'pickle' if kind == 'pt' else kind}"]
    watch, outcomes, faults, slowest = _Watch(), Counter(), [], 0.0
    with suppress(Exception):  # it is told below; this imports what is imported late, unwatched
        check(folder, first)
    signal.signal(signal.SIGALRM, _too_long)
    for seed in range(first, first + count):
        begun, how = time.monotonic(), ""
        signal.alarm(SECONDS)
        watch.on = True
        try:
            how, outcome = check(folder, seed)
            outcomes[outcome] += 1
        except BaseException as error:
            faults.append(f"{seed}: {how or _how(kind, folder, seed)}: {error!r}"[:400])
        watch.on = False
        signal.alarm(0)
        slowest = max(slowest, time.monotonic() - begun)
    peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    return {
        "outcomes": outcomes,
        "faults": faults,
        "did": watch.seen,
        "slowest_s": round(slowest, 2),
        "peak_bytes": int(peak[1]) * 1024 if peak else None,
    }


def _how(kind: str, folder: Path, seed: int) -> str:
    if kind == "pt":
        from tests.himnet.checkpoints.altered_pickles import altered_pickle

        return altered_pickle(folder, seed)[0]
    if kind == "track":
        return altered_track((base(folder, seed) / INTACT_TRACK).read_bytes(), seed).how
    if kind == "measured":
        return altered_measured((base(folder, seed) / INTACT_MEASURED).read_bytes(), seed).how
    return altered_model((base(folder, seed) / "model.safetensors").read_bytes(), seed).how


if __name__ == "__main__":
    _, asked, place, start, number = sys.argv
    print(json.dumps(main(asked, Path(place), int(start), int(number))))
