"""Open pages where nothing is imported yet; print whether each waited for the libraries."""

import json

from streamlit.testing.v1 import AppTest

from app import libraries
from benchmarks.app_server import MAIN


def waited(page):
    """Return whether the libraries were imported before a page was drawn."""
    app = AppTest.from_file(str(MAIN), default_timeout=120)
    if page:
        app.switch_page(f"app_pages/{page}.py")
    app.run()
    assert not app.exception
    return libraries._imported.is_set()


if __name__ == "__main__":
    libraries._DELAY = 3600  # the thread that imports them in between is of no interest here
    print(json.dumps({page: waited(page) for page in ("", "explore")}))
