"""A diagram of the model with a checkpoint's sizes, for light and dark pages."""

from __future__ import annotations

from himnet.model.sketch import Sketch

TEMPORAL, SPATIAL, ST_MIXED = "#0b84c6", "#0b9a72", "#d9660f"
_FAINT = 0.35  # opacity of parts that an ablated model lacks


def model_diagram(sketch: Sketch) -> str:
    """Return the model as inline SVG: embeddings, pools, encoders and decoder with their sizes."""
    times = ("time-of-day and day-of-week", f"dictionaries, {sketch.dictionaries}")
    places = ("spatial embedding", f"one row per sensor, {sketch.sensors}")
    lanes = (
        _lane(12, TEMPORAL, "temporal", times, sketch, ("E_t", "TMP")),
        _lane(262, SPATIAL, "spatial", places, sketch, ("E_s", "SMP")),
    )
    drawn = "".join((*lanes, _readings(sketch), _junction(sketch), _decoder(sketch)))
    return (
        f'<svg viewBox="0 0 1100 350" role="img" aria-label="{_description(sketch)}" '
        'style="width:100%;max-width:1180px;height:auto;display:block;margin:auto" '
        'font-family="inherit" font-size="14" fill="currentColor">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="currentColor"/></marker>'
        f"</defs>{drawn}</svg>"
    )


def _description(sketch: Sketch) -> str:
    return (
        "Time-of-day and day-of-week dictionaries query the temporal pool, the spatial embedding "
        "queries the spatial pool; two encoders read the same window with the parameters "
        "generated this way; the sum of their states becomes the ST-mixed embedding, which "
        "queries the decoder's pool; the decoder makes the forecast. "
        + (f"This model was trained without {sketch.ablation}." if sketch.ablation else "")
    )


def _lane(
    top: int,
    colour: str,
    kind: str,
    source: tuple[str, str],
    sketch: Sketch,
    names: tuple[str, str],
) -> str:
    """Draw embeddings, query, pool and encoder of one of the two encoders from left to right."""
    symbol, pool = names
    no_pool = pool in sketch.absent
    pieces = (
        _faint(_box(0, top, 214, 66, colour, *source), symbol in sketch.absent),
        _faint(_arrow(214, top + 33, 262, top + 33, _sub(symbol)), no_pool),
        _faint(_pool(262, top, colour, f"{kind} pool"), no_pool),
        _faint(_arrow(402, top + 33, 458, top + 33, _theta(symbol)), no_pool),
        _box(458, top, 150, 66, colour, f"{kind} encoder", sketch.cells, solid=True),
        _left_out(4, top - 26 if top > 100 else top + 74, sketch.ablation, names),
    )
    return "".join(pieces)


def _readings(sketch: Sketch) -> str:
    return (
        _box(458, 138, 150, 66, "currentColor", "window", f"{sketch.back} input steps")
        + _arrow(533, 138, 533, 80)
        + _arrow(533, 204, 533, 260)
    )


def _junction(sketch: Sketch) -> str:
    line = 'fill="none" stroke="currentColor" stroke-opacity="0.7" stroke-width="1.4"'
    return (
        f'<path d="M608 45H656V156" {line} marker-end="url(#tip)"/>'
        f'<path d="M608 295H656V186" {line} marker-end="url(#tip)"/>'
        f'<circle cx="656" cy="171" r="13" {line}/>'
        '<text x="656" y="176" text-anchor="middle" font-size="17">+</text>'
        + _arrow(670, 171, 712, 171, "H")
        + _faint(
            _box(712, 138, 140, 66, ST_MIXED, "ST-mixed", "embedding"), "E_st" in sketch.absent
        )
    )


def _decoder(sketch: Sketch) -> str:
    gone = "STMP" in sketch.absent
    line = 'fill="none" stroke="currentColor" stroke-opacity="0.7" stroke-width="1.4"'
    return (
        _faint(_arrow(782, 138, 782, 80), gone)
        + _faint(f'<text x="792" y="114" font-style="italic">{_sub("E_st")}</text>', gone)
        + _faint(_pool(712, 12, ST_MIXED, "ST-mixed pool"), gone)
        + _faint(_arrow(852, 45, 910, 45, _theta("E_st")), gone)
        + _box(910, 12, 160, 66, ST_MIXED, "decoder", sketch.cells, solid=True)
        + f'<path d="M690 171V232H1090V45H1073" {line} stroke-dasharray="4 4" '
        'marker-end="url(#tip)"/>'
        + '<text x="890" y="250" text-anchor="middle" font-size="12.5" opacity="0.75">'
        "H is the decoder's initial state</text>"
        + _box(910, 138, 160, 66, "currentColor", "forecast", f"{sketch.ahead} steps ahead")
        + _arrow(990, 80, 990, 136)
        + _left_out(712, 280, sketch.ablation, ("E_st", "STMP"))
    )


def _box(
    x: int,
    y: int,
    width: int,
    height: int,
    colour: str,
    first: str,
    second: str,
    *,
    solid: bool = False,
) -> str:
    middle = x + width / 2
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="9" fill="{colour}" '
        f'fill-opacity="{0.3 if solid else 0.1}" stroke="{colour}" stroke-width="1.6" '
        f'stroke-opacity="0.9"/><text x="{middle}" y="{y + 28}" text-anchor="middle" '
        f'font-weight="600">{first}</text><text x="{middle}" y="{y + 48}" text-anchor="middle" '
        f'font-size="12.5" opacity="0.8">{second}</text>'
    )


def _pool(x: int, y: int, colour: str, name: str) -> str:
    """Draw a pool as a stack of sheets, one for each entry of the query."""
    sheets = "".join(
        f'<rect x="{x + step * 5}" y="{y + 10 - step * 5}" width="130" height="56" rx="6" '
        f'fill="{colour}" fill-opacity="0.1" stroke="{colour}" stroke-opacity="0.8"/>'
        for step in (2, 1, 0)
    )
    label = f'<text x="{x + 65}" y="{y + 43}" text-anchor="middle" font-weight="600">{name}</text>'
    return sheets + label


def _arrow(x1: int, y1: int, x2: int, y2: int, label: str = "") -> str:
    text = (
        f'<text x="{(x1 + x2) / 2}" y="{y1 - 9}" text-anchor="middle" font-style="italic">'
        f"{label}</text>"
        if label
        else ""
    )
    return (
        f'<path d="M{x1} {y1}L{x2} {y2}" stroke="currentColor" stroke-opacity="0.7" '
        f'stroke-width="1.4" marker-end="url(#tip)"/>{text}'
    )


def _sub(symbol: str) -> str:
    """Return a symbol such as E_t with its index as a subscript."""
    letter, _, index = symbol.partition("_")
    return f'{letter}<tspan dy="4" font-size="10.5">{index}</tspan>'


def _theta(symbol: str) -> str:
    return _sub(f"θ_{symbol.partition('_')[2]}")


def _faint(drawing: str, faint: bool) -> str:
    return f'<g opacity="{_FAINT}">{drawing}</g>' if faint else drawing


def _left_out(x: int, y: int, ablation: str, names: tuple[str, str]) -> str:
    if ablation not in names:
        return ""
    what = "replaced by ones" if ablation.startswith("E_") else "shared parameters instead"
    return (
        f'<text x="{x}" y="{y + 14}" font-size="12.5" font-weight="600">'
        f"ablation: w/o {ablation} ({what})</text>"
    )
