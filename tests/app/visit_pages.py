"""Visit pages of a checkpoint in one process, and print what each took (CHECKPOINT, pages)."""

import json
import resource
import sys
import time
import tracemalloc

from streamlit.testing.v1 import AppTest

from benchmarks.app_server import MAIN

SECONDS = 600  # against a page that hangs; no bound on how fast a busy machine is


def visit(checkpoint, page):
    """Open a page and return what it took, and what it says where something is wrong."""
    app = AppTest.from_file(str(MAIN), default_timeout=SECONDS)
    app.query_params["checkpoint"] = checkpoint
    tracemalloc.reset_peak()
    before, began = tracemalloc.get_traced_memory()[0], time.perf_counter()
    app.switch_page(f"app_pages/{page}.py").run()
    said = [element.value for kind in ("markdown", "caption") for element in app.get(kind)]
    return {
        "seconds": time.perf_counter() - began,
        "held": tracemalloc.get_traced_memory()[1] - before,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "errors": [error.value for error in app.error],
        "exceptions": [exception.message for exception in app.exception],
        "charts": len(app.get("plotly_chart")),
        "options": [list(box.options) for box in app.selectbox if box.key == "method"],
        "said": said,
    }


if __name__ == "__main__":
    tracemalloc.start()
    print(json.dumps({page: visit(sys.argv[1], page) for page in sys.argv[2:]}))
