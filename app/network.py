"""What may leave the machine: map tiles where it has a route to somewhere, and nothing else."""

from __future__ import annotations

import os
import socket

from streamlit import net_util

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


def look_up_no_address() -> None:
    """Keep Streamlit from asking a server on the internet for this machine's address.

    It does so when a page of another site tries to connect, to compare the two. With an answer
    there already it asks nobody, and this one lets nobody in who was not let in before.
    """
    net_util._external_ip = "127.0.0.1"


def tiles_allowed() -> bool:
    """Whether to draw map tiles: what HIMNET_TILES says (on, off), else whether there is a route.

    Anything else in HIMNET_TILES, "auto" included, counts as not set.
    """
    choice = os.environ.get(TILES_VARIABLE, "auto").strip().lower()
    return choice == "on" if choice in ("on", "off") else has_route()
