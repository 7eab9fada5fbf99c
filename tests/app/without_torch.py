"""Open pages in a process that cannot import torch, and print what each shows.

Arguments: pages as ``PAGE?CHECKPOINT``, with further settings as ``&name=value``.
"""

import json
import sys
from urllib.parse import parse_qsl

from streamlit.testing.v1 import AppTest

from benchmarks.app_server import MAIN
from tests.app.conftest import texts
from tests.app.drawn import charts
from tests.torchless import block_torch


def shown(place):
    """Open a page and return what is on it."""
    page, _, settings = place.partition("?")
    app = AppTest.from_file(str(MAIN), default_timeout=120)
    for name, value in parse_qsl(settings):
        app.query_params[name] = value
    app.switch_page(f"app_pages/{page}.py").run()
    return {
        "errors": [error.value for error in app.error],
        "exceptions": [exception.message for exception in app.exception],
        "title": [title.value for title in app.title],
        "charts": sorted(charts(app)),
        "text": texts(app),
    }


if __name__ == "__main__":
    block_torch()
    found = {place: shown(place) for place in sys.argv[1:]}
    print(json.dumps({"pages": found, "torch": "torch" in sys.modules}))
