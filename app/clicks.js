// Streamlit tells the server of no click while a chart's lasso is in hand, and of no double click
// on a selection that the server drew. This listens to the charts themselves, and keeps what a map
// was moved to when the server draws it anew. It draws nothing.
const tell = {}; // by view: how to reach the server
const moved = {}; // by view: centre and zoom of a map
let observer = null;
// the outline of a lasso would catch the clicks on the points within it
const style = document.createElement("style");
style.textContent = ".stPlotlyChart .selectionlayer *, .stPlotlyChart .select-outline " +
  "{ pointer-events: none !important; }";
document.head.append(style);

function hear(view, chart) {
  chart.heard = true;
  chart.on("plotly_click", ({ points, event }) => {
    // with another tool in hand, Plotly selects the point itself
    if (chart._fullLayout.clickmode.includes("select") || event?.shiftKey) return;
    const found = points.find((point) => point.customdata);
    if (found) tell[view]("told", { view, sensor: String(found.customdata[0]) });
  });
  const clear = () => tell[view]("told", { view, sensor: null });
  chart.on("plotly_deselect", clear);
  chart.on("plotly_doubleclick", clear);
  if (!chart._fullLayout.map) return;
  if (moved[view]) move(chart, moved[view]);
  chart.on("plotly_relayout", () => {
    const { center, zoom } = chart._fullLayout.map;
    moved[view] = { center: { ...center }, zoom };
  });
}

function move(chart, { center, zoom }) {
  Object.assign(chart.layout.map, { center, zoom });
  Object.assign(chart._fullLayout.map, { center, zoom });
  chart._fullLayout.map._subplot?.map?.jumpTo({ center: [center.lon, center.lat], zoom });
}

function hearAll() {
  for (const view of Object.keys(tell)) {
    const drawn = document.querySelectorAll(`[class*="st-key-${view}-"] .js-plotly-plot`);
    for (const chart of drawn) {
      if (!chart.heard && chart.on && chart._fullLayout) hear(view, chart);
    }
  }
}

export default function ({ data, setTriggerValue }) {
  for (const view of data.views) tell[view] = setTriggerValue;
  observer?.disconnect();
  observer = new MutationObserver(hearAll);
  observer.observe(document.body, { childList: true, subtree: true });
  hearAll();
}
