"""Train a small model of the synthetic city, and test which planted structure it recovers.

Run `python -m benchmarks.city_checkpoint --out DIR`, with `--strength 0` for a city without
structure. The folder then contains a checkpoint, a track of two days, and a model card whose last
table compares each of the paper's claims with the structure planted in the city.
`checkpoints/synthetic-city` was created this way.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from analysis.claims.result import ClaimResult
from analysis.claims.rules import UNTRAINED
from analysis.claims.run import evaluate_claims
from analysis.claims.table import p_span, rounded, text
from analysis.material import Material, load_material
from benchmarks.report import command_line, markdown_table
from himnet.checkpoints.locate import track_file
from himnet.data.synthetic import synthetic_city
from himnet.errors import HimNetError
from himnet.training.folder import RunFolder
from himnet.training.request import Request

SENSORS, DAYS, EPOCHS = 72, 28, 4
TRACK_DAYS = 2
_TRACK_FROM_END = 3  # days; starts on day 25 of 28, a Friday: a working day and a Saturday
SIZES = {
    "hidden_dim": 16,
    "tod_embedding_dim": 6,
    "dow_embedding_dim": 4,
    "node_embedding_dim": 8,
    "st_embedding_dim": 8,
}
SETTINGS = {
    "learning_rate": 0.005,
    "weight_decay": 1e-4,
    "eps": 1e-5,
    "schedule": "one-cycle",
    "tf_decay_steps": 0,
    "batch_size": 16,
    # the published standard deviation of 1 would mask what is learnt for thousands of steps
    "dictionary_std": 0.1,
    "seed": 0,
}
# whether and how the city plants what each claim states; see `himnet.data.synthetic.synthetic_city`
PLANTED = {
    "weekend": "yes: at weekends, the rush is a seventh of that on a working day",
    "hours": "yes: the speed on each carriageway changes gradually, with one rush per day",
    "clusters": "yes: roads, directions and districts differ",
    "roads": "in part: each road has its own speed level and severity of the rush, but a "
    "carriageway is inbound on one side of the centre and outbound on the other",
    "carriageways": "yes: of an opposite pair, one is slow in the morning and one in the evening",
    "series": "yes: the differences between sensors are in their series",
    "within-clusters": "yes: the sensors of a cluster are slow at the same time",
}
NOT_PLANTED = {
    "days": "no: the five working days are similar, and so are the two weekend days",
    "rush-hours": "no: a carriageway that is slow in the morning is not slow in the evening",
}
ANYWHERE = {
    "divergence": "not applicable: E_st is computed from the speeds that it is compared with, so "
    "any model that has learnt to forecast follows them, even in a city without structure",
}


def train_city(
    out: Path,
    *,
    strength: float = 1.0,
    days: int = DAYS,
    epochs: int = EPOCHS,
    track_days: float = TRACK_DAYS,
    force: bool = False,
    show: bool = True,
) -> Path:
    """Train on a city and compute a track; imports torch.

    Args:
        out: folder of the checkpoint.
        strength: of the city's structure.
        days: length of the city's series.
        epochs: of training.
        track_days: length of the track, which starts on the third day from the end; 0 for none.
        force: whether to replace a model in the folder.
        show: whether to show progress.

    Returns:
        The checkpoint.

    Raises:
        HimNetError: for a folder with a model, or impossible settings.
    """
    from himnet.checkpoints import load_checkpoint
    from himnet.forecasting.compute_track import compute_track
    from himnet.forecasting.track import save_track
    from himnet.training.run import train

    city = synthetic_city(num_nodes=SENSORS, days=days, strength=strength)
    with tempfile.TemporaryDirectory() as state:
        request = Request(
            folder=RunFolder.at(out, state),
            dataset=city.name,
            settings={**SETTINGS, "epochs": epochs, "patience": epochs},
            sizes=SIZES,
            device="cpu",
            show=show,
        )
        request.claim(force=force)
        train(request)
    if track_days > 0:
        checkpoint = load_checkpoint(request.folder.model)
        start = max(days - _TRACK_FROM_END, 0) * city.steps_per_day
        track = compute_track(checkpoint, city, start=start, days=track_days, show=show)
        save_track(track_file(request.folder.model), track)
    return request.folder.model


def describe(checkpoint: Path, *, untrained: int = UNTRAINED) -> list[ClaimResult]:
    """Evaluate the claims about a model of the city, and add them to its model card.

    Args:
        checkpoint: from `train_city`.
        untrained: number of untrained models to compare with.
    """
    material = load_material(checkpoint)
    results = evaluate_claims(material, untrained=untrained)
    card = checkpoint.with_name("README.md")
    lines = [card.read_text(), *_learnt(results), "", *_beside(material)]
    card.write_text("\n".join(lines) + "\n")
    return results


def _learnt(results: Sequence[ClaimResult]) -> list[str]:
    """Return the card's lines about the structure that the model has learnt."""
    header = ("claim", "planted", "value", "null", "effect", "p", "p, untrained models", "verdict")
    planted = PLANTED | NOT_PLANTED | ANYWHERE
    rows = [
        (
            result.claim,
            planted[result.id],
            *(_number(value, 2) for value in (result.value, result.null_mean)),
            "-" if result.effect is None else result.effect.reading,
            _number(result.p_value, 3),
            p_span(result.p_untrained),
            result.verdict,
        )
        for result in results
    ]
    return [
        "## Structure planted in a city of strength 1, and structure found in this model",
        "",
        markdown_table(header, rows),
        "",
        "The verdicts are about this one trained model (a single seed). `python -m analysis "
        "claims` explains each number; the rules are in `docs/claims.md`.",
    ]


def _beside(material: Material) -> list[str]:
    """Return the card's lines about the track and how the files were created."""
    lines = [
        "## How it was created",
        "",
        f"With `python -m benchmarks.city_checkpoint`, on the data set `{material.info.name}`, "
        "which every command can generate from this name.",
    ]
    times = None if material.track is None else material.track.times
    if times is not None:
        lines += [
            "",
            f"`track.safetensors` holds the ST-mixed embeddings and forecasts from {times[0]} to "
            f"{times[-1]}, in float16; the claims about E_st use these days.",
        ]
    return lines


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{rounded(value, digits):.{digits}f}"


def main(argv: Sequence[str] | None = None) -> int:
    """Train, evaluate the claims and print them; return 1 for an error."""
    parser = command_line("city_checkpoint", __doc__, stores=False)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--strength", type=float, default=1.0, help="of the planted structure")
    parser.add_argument("--days", type=int, default=DAYS, help=f"of the city (default {DAYS})")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help=f"(default {EPOCHS})")
    parser.add_argument("--force", action="store_true", help="replace the model in DIR")
    args = parser.parse_args(argv)
    try:
        checkpoint = train_city(
            args.out, strength=args.strength, days=args.days, epochs=args.epochs, force=args.force
        )
        results = describe(checkpoint)
    except HimNetError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(text(results))
    print(f"\nwritten to {checkpoint.parent}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
