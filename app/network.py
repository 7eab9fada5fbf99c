"""Whether maps may ask for tiles: only where the machine has a route to somewhere."""

from __future__ import annotations

import os
import socket

TILES_VARIABLE = "HIMNET_TILES"
_DOCUMENTATION_ADDRESS = ("192.0.2.1", 9)  # RFC 5737: routed like any other, owned by nobody


def has_route() -> bool:
    """Whether the machine knows a way out of itself; sends nothing to find out.

    Connecting a UDP socket only looks the route up: no packet leaves before something is sent.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_DOCUMENTATION_ADDRESS)
        except OSError:
            return False
    return True


def tiles_allowed() -> bool:
    """Whether to draw map tiles: what HIMNET_TILES says (on, off), else whether there is a route.

    Anything else in HIMNET_TILES, "auto" included, counts as not set.
    """
    choice = os.environ.get(TILES_VARIABLE, "auto").strip().lower()
    return choice == "on" if choice in ("on", "off") else has_route()
