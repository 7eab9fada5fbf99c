"""Visit pages of a checkpoint in one process, and print what each took.

Arguments: CHECKPOINT, pages. With TRACED=yes in the environment, what each page held of Python's
and NumPy's memory is counted too, which takes time and memory itself.
"""

import json
import os
import sys
import time
import tracemalloc
from pathlib import Path

from streamlit.testing.v1 import AppTest

from benchmarks.app_server import MAIN

SECONDS = 600  # against a page that hangs; no bound on how fast a busy machine is


def peak_mb():
    """Return the most memory that this process held, in MB.

    `ru_maxrss` would count what the process that forked this one held.
    """
    told = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return int(told.split("VmHWM:")[1].split()[0]) / 1024


def visit(checkpoint, page):
    """Open a page and return what it took, and what it says where something is wrong."""
    app = AppTest.from_file(str(MAIN), default_timeout=SECONDS)
    app.query_params["checkpoint"] = checkpoint
    if page == "st_mixed":
        app.query_params["charts"] = "true"
    if tracemalloc.is_tracing():
        tracemalloc.reset_peak()
    before, began = tracemalloc.get_traced_memory()[0], time.perf_counter()
    app.switch_page(f"app_pages/{page}.py").run()
    said = [element.value for kind in ("markdown", "caption") for element in app.get(kind)]
    return {
        "seconds": time.perf_counter() - began,
        "held": tracemalloc.get_traced_memory()[1] - before,
        "peak_mb": peak_mb(),
        "errors": [error.value for error in app.error],
        "exceptions": [exception.message for exception in app.exception],
        "charts": len(app.get("plotly_chart")),
        "options": [list(box.options) for box in app.selectbox if box.key == "method"],
        "said": said,
    }


if __name__ == "__main__":
    if os.environ.get("TRACED") == "yes":
        tracemalloc.start()
    print(json.dumps({page: visit(sys.argv[1], page) for page in sys.argv[2:]}))
