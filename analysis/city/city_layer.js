// Draws a city on a Leaflet map from plain data. Every text becomes a text node, never markup.
function drawCity(map, city) {
  const element = (tag, text) => {
    const made = document.createElement(tag);
    made.textContent = text;
    return made;
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
  const renderer = city.sensors.length > city.mostVectors ? L.canvas() : L.svg();
  for (const { place, paint, told } of city.sensors) {
    const of = { group: told[1].join(" "), whole: paint };
    const circle = L.circleMarker(place, Object.assign({ renderer, fill: true }, of, paint));
    circle.bindTooltip(() => {
      const table = document.createElement("table");
      for (const [title, text] of told) {
        const row = table.insertRow();
        row.append(element("th", title), element("td", text));
      }
      return table;
    });
    circle.addTo(map);
  }
  // what links the views of a page shows one group alone, or all again
  window.himnetLight = (name) =>
    map.eachLayer((layer) => {
      const { group, whole } = layer.options;
      if (!whole) return;
      const { opacity, fillOpacity } = whole;
      layer.setStyle(name && group !== name ? { opacity: 0.25, fillOpacity: 0.12 } : { opacity, fillOpacity });
    });
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
