"""Steps that browser tests are made of."""

from urllib.parse import urlencode, urlsplit

from benchmarks.app_server import DRAWN

LOCAL = ("127.0.0.1", "localhost")
CIRCLES = "path.leaflet-interactive"
FREEWAYS = ".leaflet-local-pane path"


def visit(page, url, path="", **query):
    """Open a page of the app and wait until it is drawn; on ST-mixed, with the charts to keep."""
    if path == "st_mixed":
        query = {"charts": "true"} | query
    page.goto(f"{url}/{path}?{urlencode(query, doseq=True)}")
    return settled(page)


def settled(page):
    """Wait until a page is drawn."""
    page.wait_for_timeout(300)  # a click takes a moment to reach the server
    page.wait_for_function(DRAWN)
    return page


def map_of(page):
    """Return the frame in which a page shows its map, with the sensors drawn."""
    frame = page.frame_locator("iframe[title*=folium]")
    frame.locator(CIRCLES).first.wait_for()
    return frame


def is_outside(url):
    """Whether an address is not one of this machine."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in LOCAL


def note_outside(page):
    """Return a list that grows by every address outside of this machine that a page asks for."""
    asked = []

    def note(url):
        if is_outside(url):
            asked.append(url)

    page.context.on("request", lambda request: note(request.url))
    page.on("websocket", lambda socket: note(socket.url))
    return asked


def messages(page):
    """Return the errors that a page shows."""
    return page.get_by_test_id("stAlertContentError").all_inner_texts()


def setting(page, key):
    """Return the field of a setting, and open the settings if they are closed."""
    field = page.locator(f".st-key-{key} input")
    if not field.count():
        page.get_by_test_id("stMain").get_by_test_id("stPopover").first.get_by_role(
            "button"
        ).click()
    return field


def clusters_slider(page):
    """Return the slider that sets the number of clusters."""
    return setting(page, "clusters")


def chosen_checkpoint(page):
    """Return the name in the sidebar's choice of the checkpoint."""
    box = page.locator(".st-key-checkpoint")
    return box.locator("input").input_value()
