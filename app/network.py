"""Network access: only map tiles are requested, and only if the machine has a network route."""

from __future__ import annotations

import os
import socket

from streamlit import net_util

TILES_VARIABLE = "HIMNET_TILES"
_DOCUMENTATION_ADDRESS = ("192.0.2.1", 9)  # RFC 5737: routed, but never assigned


def has_route() -> bool:
    """Return whether the machine has a network route; no packet is sent.

    Connecting a UDP socket only looks up the route.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_DOCUMENTATION_ADDRESS)
        except OSError:
            return False
    return True


def look_up_no_address() -> None:
    """Prevent Streamlit from asking a server on the internet for this machine's address.

    It does so to check the origin of a connection from another site. With a cached address it does
    not ask, and this address admits no origin that was not admitted before.
    """
    net_util._external_ip = "127.0.0.1"


def tiles_allowed() -> bool:
    """Return whether to draw map tiles: HIMNET_TILES (on, off), else whether there is a route.

    Any other value of HIMNET_TILES, including "auto", is treated as not set.
    """
    choice = os.environ.get(TILES_VARIABLE, "auto").strip().lower()
    return choice == "on" if choice in ("on", "off") else has_route()
