"""Linked views in a browser: what each shows of the selection, and the gestures that change it."""

from __future__ import annotations

from typing import Any

Box = tuple[float, float, float, float]
# ids that every view of a page shows as selected, by the view's name; a Leaflet map draws rings,
# a heatmap of the selected sensors has their rows, and a table, of which a browser only holds the
# visible part, ticks them
SHOWN = """() => {
  const found = {};
  const name = element => (element.closest('[class*="st-key-"]')?.className
    .match(/st-key-([a-z-]+?)(-\\d+)?(\\s|$)/) || [])[1];
  const label = text => String(text).replace("sensor ", "");
  for (const chart of document.querySelectorAll(".js-plotly-plot")) {
    const view = name(chart), traces = chart._fullData || [];
    for (const trace of traces) {
      if (trace.customdata && trace.selectedpoints) {
        found[view] = trace.selectedpoints.map(place => trace.customdata[place][0]);
      }
    }
    if (view === "e-cosines") found[view] = traces[0].y.map(label);
    const curve = traces.find(trace => /^selected/.test(trace.name));
    if (curve) found[view] = Number(curve.name.match(/\\((\\d+)\\)/)[1]);
  }
  for (const table of document.querySelectorAll('[data-testid="stDataFrame"] table')) {
    const rows = [...table.querySelectorAll("tbody tr")];
    const ticked = rows.filter(row => row.getAttribute("aria-selected") === "true");
    const ids = some => some.map(row => row.querySelector("td").textContent);
    found[name(table)] = {rows: ids(rows), ticked: ids(ticked)};
  }
  for (const frame of document.querySelectorAll("iframe[title*=folium]")) {
    const layers = Object.values(frame.contentWindow.map?._layers || {});
    found.leaflet = layers.filter(layer => layer.getTooltip?.() && layer.options.weight > 2)
      .map(layer => layer.getTooltip()._content().querySelector("td").textContent);
  }
  return found;
}"""
# position of a sensor's point on the page
_PLACE = """([view, sensor]) => {
  const chart = document.querySelector(`[class*="st-key-${view}-"] .js-plotly-plot`);
  const trace = chart._fullData.find(trace => trace.customdata);
  const point = [...trace.customdata].findIndex(about => about[0] === sensor);
  const { map, xaxis, yaxis } = chart._fullLayout, corner = chart.getBoundingClientRect();
  if (!map) return [
    corner.x + xaxis._offset + xaxis.d2p(trace.x[point]),
    corner.y + yaxis._offset + yaxis.d2p(trace.y[point])];
  const drawn = map._subplot.map, inner = drawn.getContainer().getBoundingClientRect();
  const { x, y } = drawn.project([trace.lon[point], trace.lat[point]]);
  return [inner.x + x, inner.y + y];
}"""
# stores after how many milliseconds from a lasso the map, which the browser colours by itself, and
# every other view of Explore show its sensors
_WATCH = """([view, shown]) => {
  const chart = document.querySelector(`[class*="st-key-${view}-"] .js-plotly-plot`);
  const map = () => document.querySelector('[class*="st-key-e-map-"] .js-plotly-plot');
  const rows = () => document.querySelector(".st-key-e-cosines .js-plotly-plot");
  window.answered = window.mapped = null;
  chart.once("plotly_selected", () => {
    const started = performance.now();
    const look = () => {
      const views = eval(shown)(), chosen = views[view] || [], count = chosen.length;
      const alike = String([...chosen].sort()) === String(views["e-map"]?.sort())
        && map()._fullLayout.map?._subplot?.map?.loaded();
      if (alike && window.mapped === null) window.mapped = performance.now() - started;
      const done = alike && views["e-series"] === count
        && (count < 2 || rows()?._fullLayout?.meta.sensors === count);
      if (done) window.answered = performance.now() - started;
      else setTimeout(look, 10);
    };
    look();
  });
}"""


def shown(page: Any) -> dict[str, Any]:
    """Return what each view of a page shows as selected: ids, or their number."""
    found: dict[str, Any] = page.evaluate(SHOWN)
    return found


def chart_box(page: Any, view: str) -> dict[str, float]:
    """Return the position of a chart on the page, after scrolling to it."""
    chart = page.locator(f'[class*="st-key-{view}-"] .js-plotly-plot')
    chart.scroll_into_view_if_needed()
    box: dict[str, float] = chart.bounding_box()
    return box


def lasso(page: Any, view: str, box: Box, *, watched: bool = False) -> None:
    """Draw a lasso around a rectangle of a chart.

    Args:
        page: of the browser.
        view: key of the chart, without its version.
        box: left, top, right and bottom, as shares of the chart.
        watched: whether to measure the answer, with `answered`.
    """
    place = chart_box(page, view)
    left, right = (place["x"] + share * place["width"] for share in (box[0], box[2]))
    top, bottom = (place["y"] + share * place["height"] for share in (box[1], box[3]))
    page.mouse.move(left, top)
    page.mouse.down()
    for corner in ((right, top), (right, bottom), (left, bottom), (left, top)):
        page.mouse.move(*corner, steps=4)
    if watched:
        page.evaluate(_WATCH, [view, SHOWN])
    page.mouse.up()


def answered(page: Any) -> float | None:
    """Return the seconds from a watched lasso until all other charts had drawn it; None before."""
    found: float | None = page.evaluate("() => window.answered ?? null")
    return None if found is None else found / 1000


def mapped(page: Any) -> float:
    """Return the seconds from a watched and answered lasso until the map showed it."""
    return float(page.evaluate("() => window.mapped")) / 1000


def click(page: Any, view: str, sensor: str) -> None:
    """Click the point of a sensor."""
    chart_box(page, view)
    x, y = page.evaluate(_PLACE, [view, sensor])
    page.mouse.move(x - 4, y - 4)
    page.mouse.move(x, y, steps=4)
    page.wait_for_timeout(300)  # the chart detects what is under the pointer
    page.mouse.click(x, y)
