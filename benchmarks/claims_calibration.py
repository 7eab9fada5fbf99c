"""Calibration of the claims' permutation nulls: p values of untrained models.

Run `python -m benchmarks.claims_calibration`. Untrained models of a checkpoint's configuration and
sensors are judged like a trained one. A claim's null model is calibrated if about 5 % of their p
values are below 0.05; the aim is at most 5 of 40 for every claim about weights. The claim about
series is included if the data set is available; those about ST-mixed meta-parameters are not, since
E_st of untrained models follows the speeds that they read. Every null model except the exhaustive
ones is drawn again for each model.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from analysis.claims.catalogue import CLAIMS, Claim
from analysis.claims.ground import Ground
from analysis.claims.model_view import ModelView
from analysis.claims.rules import DRAWS, LEVEL
from analysis.errors import AnalysisError
from analysis.geometry.clustering import number_of_clusters
from analysis.material import Material, load_material
from benchmarks.report import command_line, markdown_table, write_json
from himnet.errors import HimNetError

MODELS = 40
QUANTILES = (0.1, 0.5, 0.9)


def judged_claims() -> list[Claim]:
    """Return the claims with a permutation null that do not concern E_st."""
    return [one for one in CLAIMS if one.test is not None and not one.takes_forward_passes]


def null_p_values(
    material: Material, *, models: int = MODELS, draws: int = DRAWS, show: bool = False
) -> dict[str, list[float]]:
    """Return the permutation p-values (models,) of each claim for untrained models.

    Args:
        material: provides configuration, sensors and data set, not weights.
        models: number of models; model i has seed i.
        draws: of random null models; for model i with seed i.
        show: whether to show progress.

    Returns:
        By the claim's id, NaN if a statistic is undefined; without claims that lack what they
        need, such as the data set.
    """
    ground = Ground(material)
    found: dict[str, list[float]] = {}
    for seed in tqdm(range(models), desc="untrained models", unit="model", disable=not show):
        model = material.model.untrained(seed=seed, matched=False)
        view = ModelView(model, number_of_clusters(model.num_nodes))
        for claim in judged_claims():
            assert claim.test is not None
            try:
                statistic = claim.test(view, ground, draws=draws, seed=seed)
            except AnalysisError:
                continue
            found.setdefault(claim.id, []).append(statistic.p_value)
    return found


def summary(p_values: Mapping[str, Sequence[float]]) -> list[dict[str, Any]]:
    """Return one row for each claim: the number of p values below the level, and quantiles."""
    rows = []
    for name, values in p_values.items():
        numbers = np.asarray(values)
        rows.append(
            {
                "claim": name,
                "models": len(numbers),
                "below": int((numbers < LEVEL).sum()),
                "quantiles": [float(q) for q in np.nanquantile(numbers, QUANTILES)],
                "p_values": [float(p) for p in numbers],
            }
        )
    return rows


def print_report(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the table as Markdown."""
    header = ("claim", f"p below {LEVEL:g}", *(f"{q:.0%} of p below" for q in QUANTILES))
    table = [
        (
            row["claim"],
            f"{row['below']} of {row['models']}",
            *(f"{value:.2f}" for value in row["quantiles"]),
        )
        for row in rows
    ]
    print(markdown_table(header, table))


def main(argv: Sequence[str] | None = None) -> int:
    """Judge untrained models, print and store; return 1 for a file that is not a checkpoint."""
    parser = command_line("claims_calibration", __doc__)
    parser.add_argument("checkpoint", nargs="?", default="metr-la", metavar="CKPT")
    parser.add_argument("--data-dir", metavar="DIR", help="folder of the data sets")
    parser.add_argument("--models", type=int, default=MODELS, metavar="N")
    parser.add_argument("--draws", type=int, default=DRAWS, metavar="N")
    args = parser.parse_args(argv)
    if args.models < 1 or args.draws < 1:
        parser.error(f"--models and --draws are at least 1, not {args.models} and {args.draws}")
    try:
        material = load_material(args.checkpoint, data_dir=args.data_dir)
    except HimNetError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    rows = summary(
        null_p_values(material, models=args.models, draws=args.draws, show=sys.stderr.isatty())
    )
    print_report(rows)
    for name in {claim.id for claim in judged_claims()} - {row["claim"] for row in rows}:
        print(f"\n{name} is not included: {material.dataset_problem or 'it lacks what it needs'}")
    write_json(args.json, {"claims": rows})
    return 0


if __name__ == "__main__":
    sys.exit(main())
