"""Open pages where no library can be imported; print whether each shows its text even so."""

import json

from streamlit.testing.v1 import AppTest

from app import libraries
from benchmarks.app_server import MAIN


def never() -> None:
    """Stand in for imports that take a while."""
    raise RuntimeError("not yet")


def has_text(page):
    """Return whether a page is drawn before the libraries are there."""
    app = AppTest.from_file(str(MAIN), default_timeout=120)
    if page:
        app.switch_page(f"app_pages/{page}.py")
    app.run()
    return bool(app.title)


if __name__ == "__main__":
    libraries._DELAY = 3600  # the thread that imports them in between is of no interest here
    libraries.import_libraries = never
    print(json.dumps({page: has_text(page) for page in ("", "explore")}))
