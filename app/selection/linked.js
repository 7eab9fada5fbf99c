// Links charts of one selection in the browser. A lasso, box, click or double click in one chart is
// shown by the others at once and sent to the server, which answers with the valid selection.
// Streamlit alone would redraw each chart, which takes half a second for a map; it reports no
// clicks while the lasso is active, and no double click on a selection made by the server.
// Streamlit does not expose Plotly, so `paint` uses internals of Plotly. Maps by Leaflet live in frames
// of the same origin, which tell of clicks and ring what is selected.

// One object per page, whichever copy of this file Streamlit runs:
//   told      by view, the function that sends to the server
//   moved     by view, centre and zoom of a map
//   selected  ids that the charts show as selected
//   adding    whether a gesture adds to them
//   lit       the group that is shown alone for a while, such as "cluster 3", or undefined
//   kept      such a group after a click on the legend
//   letGo     ends that
//   observer  of new charts
const link = (window.himnetLink ??= { told: {}, moved: {}, selected: [], adding: false });

if (!link.style) {
  link.style = document.createElement("style"); // an outline would intercept clicks inside it
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
  const wanted = new Set(link.selected);
  const places = [];
  const isShown = (about) => (link.lit ? about[3] === link.lit : wanted.has(about[0]));
  chart._fullData[number].customdata.forEach((about, place) => isShown(about) && places.push(place));
  const some = Boolean(link.lit) || link.selected.length > 0;
  const isEdge = (place) => chart._fullData[place].meta === "edge"; // of the same points, beneath them
  const traces = chart._fullData.map((_, place) => place).filter((place) => place === number || isEdge(place));
  for (const place of traces) {
    const trace = chart._fullData[place];
    if (trace.type === "scattermap" && !trace._glTrace) {
      if (chart.isConnected) setTimeout(() => paint(chart), 50); // its map is not ready yet
      return;
    }
    paintTrace(chart, place, some ? places : undefined);
  }
}

function paintTrace(chart, number, places) {
  const trace = chart._fullData[number];
  const points = chart.calcdata[number];
  if (trace.selected?.marker) {
    trace.selected.marker.size = link.lit ? undefined : chart.data[number].selected?.marker?.size;
  }
  chart.data[number].selectedpoints = trace.selectedpoints = places;
  const within = new Set(places);
  points.forEach((point, place) => (point.selected = places ? Number(within.has(place)) : undefined));
  trace._module.styleOnSelect(chart, points, points[0].node3);
}

function forgetOutline(chart) {
  chart.layout.selections = [];
  chart._fullLayout.selections = [];
  const drawn = ".selectionlayer > *, .select-outline, .outline-controllers"; // lines and handles
  chart.querySelectorAll(drawn).forEach((part) => part.remove());
}

function show(ids, from) {
  link.letGo?.();
  link.selected = ids;
  window.dispatchEvent(new CustomEvent("himnet-selection", { detail: ids.length }));
  for (const [, chart] of charts()) {
    if (chart !== from) forgetOutline(chart);
    paint(chart);
  }
  frames().forEach(([, frame]) => frame.contentWindow.himnetRing?.(ids));
}

// Return the maps by Leaflet with the names of their views.
function frames() {
  const found = [];
  for (const view of Object.keys(link.told)) {
    for (const frame of document.querySelectorAll(`.st-key-${view}-frame iframe`)) found.push([view, frame]);
  }
  return found;
}

function hearMap({ data, origin, source }) {
  if (origin !== location.origin || typeof data !== "object") return;
  const [view] = frames().find(([, frame]) => frame.contentWindow === source) ?? [];
  if (!view) return;
  if (data.himnetMap) source.himnetRing(link.selected);
  if (typeof data.himnetSensor === "string") choose(view, data.himnetSensor);
}

function choose(view, id) {
  const others = link.selected.filter((name) => name !== id);
  const toggled = others.length < link.selected.length ? others : [...link.selected, id];
  show(link.adding ? toggled : [id], null);
  link.told[view]("told", { view, what: "one", ids: [id] });
}

// Shows one group alone, in the browser only; without a group, the selection again. Charts know it by
// its text in `customdata`, maps by Leaflet, in their frames, by its name.
link.light = (group, name) => {
  link.lit = group;
  for (const [, chart] of charts()) paint(chart);
  const maps = document.querySelectorAll("iframe[title*=folium]");
  maps.forEach((frame) => frame.contentWindow?.himnetLight?.(name));
};

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
  // Plotly also reports selections not made by the user, such as those of a redrawn chart
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
    if (id) choose(view, id);
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
  if (link.hearMap) window.removeEventListener("message", link.hearMap);
  window.addEventListener("message", (link.hearMap = hearMap));
  frames().forEach(([, frame]) => frame.contentWindow?.himnetRing?.(link.selected));
  link.observer?.disconnect();
  link.observer = new MutationObserver(hearAll);
  link.observer.observe(document.body, { childList: true, subtree: true });
  hearAll();
}
