"""The content of a drawing of a model: two encoders and a decoder, their queries and sizes."""

from __future__ import annotations

from dataclasses import dataclass

from himnet.config import DAYS_PER_WEEK, HimNetConfig


@dataclass(frozen=True)
class Sketch:
    """Sizes of a model of two encoders and a decoder, as text.

    Attributes:
        dictionaries: rows × width of the time-of-day and the day-of-week dictionary.
        sensors: rows × width of the spatial embedding.
        cells: number of layers and size of the state, in encoders and decoder.
        back, ahead: number of input and output steps.
        absent: what an ablation removes: embeddings (``"E_t"``, ``"E_s"``, ``"E_st"``) and pools
            (``"TMP"``, ``"SMP"``, ``"STMP"``), including dictionaries that are no longer used as
            queries.
        ablation: its name, "" for none.
    """

    dictionaries: str
    sensors: str
    cells: str
    back: int
    ahead: int
    absent: frozenset[str]
    ablation: str


def sketch_of(config: HimNetConfig) -> Sketch:
    """Return the content of a drawing of a HimNet."""
    absent = {config.ablate} - {"none"}
    if not config.has_dictionaries:
        absent.add("E_t")
    layers = "1 layer" if config.num_layers == 1 else f"{config.num_layers} layers"
    return Sketch(
        dictionaries=f"{config.steps_per_day} × {config.tod_embedding_dim}, "
        f"{DAYS_PER_WEEK} × {config.dow_embedding_dim}",
        sensors=f"{config.num_nodes} × {config.node_embedding_dim}",
        cells=f"{layers}, state {config.hidden_dim}",
        back=config.in_steps,
        ahead=config.out_steps,
        absent=frozenset(absent),
        ablation="" if config.ablate == "none" else config.ablate,
    )
