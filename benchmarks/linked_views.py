"""Linked views in a browser: what each shows of the selection, and the gestures that change it."""

from __future__ import annotations

from typing import Any

from benchmarks.app_server import DRAWN

Box = tuple[float, float, float, float]
# ids that every view of a page shows as selected, by its name; a map of Leaflet rings them, a
# heatmap of the selected alone has their rows, and a table, of which a browser holds what is to be
# seen, ticks them
SHOWN = """() => {
  const found = {};
  const name = element => (element.closest('[class*="st-key-"]')?.className
    .match(/st-key-([a-z-]+?)(-\\d+)?(\\s|$)/) || [])[1];
  const label = text => String(text).replace("sensor ", "");
  for (const chart of document.querySelectorAll(".js-plotly-plot")) {
    const view = name(chart), traces = chart._fullData || [];
    for (const trace of traces) {
      if (trace.selectedpoints) {
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
    found.leaflet = layers.filter(layer => layer.feature?.properties.paint?.weight > 2)
      .map(layer => layer.feature.properties.sensor);
  }
  return found;
}"""
# where the point of a sensor is on the page
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
# every chart is drawn, and its map too, and none but one is the element that it was
_ANEW = f"""kept => ({DRAWN})() && [...document.querySelectorAll(".js-plotly-plot")].every(chart => {{
  const map = chart._fullLayout?.map;
  const own = chart.closest(`[class*="st-key-${{kept}}-"]`);
  const fixed = chart.closest('[class*="st-key-e-"]');
  return own || !fixed || (!chart.before && chart._fullLayout && (!map || map._subplot?.map?.loaded()));
}})"""
_MARK = """() => document.querySelectorAll(".js-plotly-plot").forEach(chart => {
  chart.before = true;
})"""


def shown(page: Any) -> dict[str, Any]:
    """Return what each view of a page shows as selected: ids, or how many."""
    found: dict[str, Any] = page.evaluate(SHOWN)
    return found


def chart_box(page: Any, view: str) -> dict[str, float]:
    """Return where a chart is on the page, after scrolling to it."""
    chart = page.locator(f'[class*="st-key-{view}-"] .js-plotly-plot')
    chart.scroll_into_view_if_needed()
    box: dict[str, float] = chart.bounding_box()
    return box


def lasso(page: Any, view: str, box: Box) -> None:
    """Draw a lasso around a rectangle of a chart.

    Args:
        page: of the browser.
        view: key of the chart, without its version.
        box: left, top, right and bottom, as shares of the chart.
    """
    place = chart_box(page, view)
    left, right = (place["x"] + share * place["width"] for share in (box[0], box[2]))
    top, bottom = (place["y"] + share * place["height"] for share in (box[1], box[3]))
    page.mouse.move(left, top)
    page.mouse.down()
    for corner in ((right, top), (right, bottom), (left, bottom), (left, top)):
        page.mouse.move(*corner, steps=4)
    page.mouse.up()


def click(page: Any, view: str, sensor: str) -> None:
    """Click on the point of a sensor."""
    chart_box(page, view)
    x, y = page.evaluate(_PLACE, [view, sensor])
    page.mouse.move(x - 4, y - 4)
    page.mouse.move(x, y, steps=4)
    page.wait_for_timeout(300)  # the chart finds out what is under the pointer
    page.mouse.click(x, y)


def mark_charts(page: Any) -> None:
    """Mark the charts that are there, for `wait_for_others`."""
    page.evaluate(_MARK)


def wait_for_others(page: Any, view: str, *, timeout_ms: int) -> None:
    """Wait until all charts but one have been drawn anew since `mark_charts`."""
    page.wait_for_function(_ANEW, arg=view, polling=10, timeout=timeout_ms)
