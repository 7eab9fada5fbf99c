// Draws a city on a Leaflet map from plain data. Every text becomes a text node, never markup.
function drawCity(map, city) {
  const element = (tag, text) => {
    const made = document.createElement(tag);
    made.textContent = text;
    return made;
  };
  const tell = (what) => {
    if (window.parent !== window && /^http/.test(location.protocol))
      window.parent.postMessage(what, location.origin);
  };
  for (const { path, dashes } of city.roads) {
    const paint = { pane: city.panes.roads, color: city.ink.road, weight: 4, dashArray: dashes };
    L.polyline(path, Object.assign(paint, { opacity: 1, interactive: false })).addTo(map);
  }
  for (const { place, offset, name } of city.names) {
    const box = element("span", name);
    box.style.left = `${offset[0]}px`;
    box.style.top = `${offset[1]}px`;
    const icon = L.divIcon({ html: box, className: "shield", iconSize: [0, 0] });
    L.marker(place, { icon, interactive: false, pane: city.panes.names }).addTo(map);
  }
  const circles = new Map(); /* by sensor */
  const renderer = city.sensors.length > city.mostVectors ? L.canvas() : L.svg();
  for (const { place, paint, told } of city.sensors) {
    const circle = L.circleMarker(place, Object.assign({ renderer, fill: true }, paint));
    circle.bindTooltip(() => {
      const table = document.createElement("table");
      for (const [title, text] of told) {
        const row = table.insertRow();
        row.append(element("th", title), element("td", text));
      }
      return table;
    });
    circle.addTo(map);
    const id = told[0][1];
    circles.set(id, [circle, paint]);
    circle.on("click", () => tell({ himnetSensor: id }));
  }
  /* what links the views of a page rings the selected sensors, and hears of clicks */
  window.himnetRing = (ids) => {
    const wanted = new Set(ids);
    for (const [id, [circle, paint]] of circles) {
      const ringed = wanted.has(id);
      circle.setStyle(ringed ? Object.assign({}, paint, city.ink.ring) : paint);
      circle.setRadius(ringed ? city.ink.ring.radius : paint.radius);
      if (ringed) circle.bringToFront();
    }
  };
  tell({ himnetMap: true });
  if (!city.legend.length) return;
  const legend = L.control({ position: "bottomright" });
  legend.onAdd = () => {
    const box = L.DomUtil.create("div", "legend");
    for (const [text, colour] of city.legend) {
      const entry = document.createElement("div");
      const swatch = document.createElement("i");
      swatch.style.background = colour;
      entry.append(swatch, text);
      box.append(entry);
    }
    return box;
  };
  legend.addTo(map);
}
