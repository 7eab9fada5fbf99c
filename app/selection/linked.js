// Charts of one selection, linked in the browser. A lasso, a box, a click or a double click in one
// is shown by the others at once, and told to the server, which answers with the selection that
// holds. Streamlit could do it by drawing each chart anew, which takes a map half a second; it
// tells of no click while a lasso is in hand, and of no double click on what the server selected.
// What Plotly has no public call for here, since Streamlit hands out no Plotly, is in `paint`.

// One for the page, whichever copy of this file Streamlit runs:
//   told      by view, how to reach the server
//   moved     by view, centre and zoom of a map
//   selected  ids, as the charts show them
//   adding    whether a gesture adds to them
//   observer  of charts that come
const link = (window.himnetLink ??= { told: {}, moved: {}, selected: [], adding: false });

if (!link.style) {
  link.style = document.createElement("style"); // an outline would catch the clicks within it
  link.style.textContent =
    ".stPlotlyChart :is(.selectionlayer *, .select-outline) { pointer-events: none !important; }";
  document.head.append(link.style);
}

function charts() {
  const found = [];
  for (const view of Object.keys(link.told)) {
    const drawn = document.querySelectorAll(`[class*="st-key-${view}-"] .js-plotly-plot`);
    for (const chart of drawn) if (chart._fullLayout && chart.calcdata) found.push([view, chart]);
  }
  return found;
}

function paint(chart) {
  const number = chart._fullData.findIndex((trace) => trace.customdata);
  if (number < 0) return;
  const trace = chart._fullData[number];
  if (trace.type === "scattermap" && !trace._glTrace) {
    if (chart.isConnected) setTimeout(() => paint(chart), 50); // its map is not there yet
    return;
  }
  const points = chart.calcdata[number];
  const wanted = new Set(link.selected);
  const places = [];
  trace.customdata.forEach((about, place) => wanted.has(about[0]) && places.push(place));
  const some = link.selected.length > 0;
  chart.data[number].selectedpoints = trace.selectedpoints = some ? places : undefined;
  const within = new Set(places);
  points.forEach((point, place) => (point.selected = some ? Number(within.has(place)) : undefined));
  trace._module.styleOnSelect(chart, points, points[0].node3);
}

function forgetOutline(chart) {
  chart.layout.selections = [];
  chart._fullLayout.selections = [];
  chart.querySelectorAll(".selectionlayer > *, .select-outline").forEach((line) => line.remove());
}

function show(ids, from) {
  link.selected = ids;
  for (const [, chart] of charts()) {
    if (chart !== from) forgetOutline(chart);
    paint(chart);
  }
}

function union(ids) {
  return [...new Set([...link.selected, ...ids])];
}

function hear(view, chart) {
  chart.heard = true;
  const tell = (what, ids, next, from) => {
    show(next, from);
    link.told[view]("told", { view, what, ids });
  };
  const idOf = (point) => point.customdata && String(point.customdata[0]);
  // Plotly tells of selections of its own too, such as those of a chart that is drawn anew
  let drawing = false;
  let touched = -Infinity;
  chart.on("plotly_afterplot", () => paint(chart));
  chart.addEventListener("pointerdown", () => (touched = performance.now()), true);
  chart.on("plotly_selecting", () => (drawing = true));
  chart.on("plotly_selected", (event) => {
    if (!event || !drawing) return;
    drawing = false;
    const ids = event.points.map(idOf).filter(Boolean);
    tell("these", ids, link.adding ? union(ids) : ids, chart);
  });
  chart.on("plotly_click", ({ points }) => {
    const id = points.map(idOf).find(Boolean);
    if (!id) return;
    const others = link.selected.filter((name) => name !== id);
    const toggled = others.length < link.selected.length ? others : [...link.selected, id];
    tell("one", [id], link.adding ? toggled : [id], null);
  });
  const clear = () => performance.now() - touched < 1000 && tell("none", [], [], null);
  chart.on("plotly_doubleclick", clear);
  chart.on("plotly_deselect", clear);
  if (!chart._fullLayout.map) return;
  if (link.moved[view]) move(chart, link.moved[view]);
  chart.on("plotly_relayout", () => {
    const { center, zoom } = chart._fullLayout.map;
    link.moved[view] = { center: { ...center }, zoom };
  });
}

function move(chart, { center, zoom }) {
  Object.assign(chart.layout.map, { center, zoom });
  Object.assign(chart._fullLayout.map, { center, zoom });
  chart._fullLayout.map._subplot?.map?.jumpTo({ center: [center.lon, center.lat], zoom });
}

function hearAll() {
  for (const [view, chart] of charts()) {
    if (chart.heard || !chart.on) continue;
    hear(view, chart);
    paint(chart);
  }
}

export default function ({ data, setTriggerValue }) {
  for (const view of data.views) link.told[view] = setTriggerValue;
  link.adding = data.adding;
  const known = new Set(link.selected);
  const same = data.selected.length === known.size && data.selected.every((id) => known.has(id));
  if (!same) show(data.selected, null);
  link.observer?.disconnect();
  link.observer = new MutationObserver(hearAll);
  link.observer.observe(document.body, { childList: true, subtree: true });
  hearAll();
}
