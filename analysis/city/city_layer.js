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
  const fixed = (pane, paint) => Object.assign({ pane, opacity: 1, interactive: false }, paint);
  const area = (rings, fillColor) =>
    L.polygon(rings, fixed(city.panes.land, { stroke: false, fillColor, fillOpacity: 1 })).addTo(map);
  if (city.sea) area(city.sea, city.ink.sea);
  if (city.land.length) area(city.land, city.ink.land);
  const border = { color: city.ink.border, weight: 1.2 };
  if (city.borders.length) L.polyline(city.borders, fixed(city.panes.land, border)).addTo(map);
  for (const { paths, dashes } of city.roads) {
    const paint = { color: city.ink.road, weight: 3, dashArray: dashes };
    L.polyline(paths, fixed(city.panes.roads, paint)).addTo(map);
  }
  drawNames(map, city, element);
  drawCredits(map, city, element);
  const circles = new Map(); /* by sensor */
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
  /* it also shows one group alone, or all again */
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

// Names, the most important first, each at its first spot where it overlaps no other, no control and
// not the edge; it is hidden where there is none.
function drawNames(map, city, element) {
  const names = city.names.map(({ kind, spots, name }) => {
    const box = element("span", name);
    box.style.visibility = "hidden"; /* until it is known where there is room */
    const className = kind === "road" ? "shield" : "place";
    const icon = L.divIcon({ html: box, className, iconSize: [0, 0] });
    const pane = city.panes[kind];
    const marker = L.marker(spots[0].place, { icon, pane, interactive: false, keyboard: false }).addTo(map);
    return { box, marker, spots };
  });
  const edges = (part) => part.getBoundingClientRect();
  const gap = 4; /* pixels: Leaflet rounds each marker's place by itself, and text needs room */
  const apart = (one, other) =>
    one.right + gap < other.left ||
    other.right + gap < one.left ||
    one.bottom + gap < other.top ||
    other.bottom + gap < one.top;
  const within = (one, other) =>
    other.left <= one.left && one.right <= other.right && other.top <= one.top && one.bottom <= other.bottom;
  const container = map.getContainer();
  const controls = () => [...container.querySelectorAll(".leaflet-control")];
  const separate = () => {
    const sheet = edges(container);
    const kept = controls().map(edges);
    for (const { box, marker, spots } of names) {
      const free = spots.some(({ place, offset }) => {
        marker.setLatLng(place);
        [box.style.left, box.style.top] = offset.map((pixels) => `${pixels}px`);
        const room = edges(box);
        return within(room, sheet) && kept.every((other) => apart(room, other));
      });
      box.style.visibility = free ? "" : "hidden";
      if (free) kept.push(edges(box));
    }
  };
  map.on("zoomend moveend viewreset", separate);
  /* style sheets may come after this script and change the size of everything */
  const observer = new ResizeObserver(separate);
  map.whenReady(() => setTimeout(() => [container, ...names.map(({ box }) => box), ...controls()].forEach((part) => observer.observe(part))));
}

// Credits for what is seen: the tiles once one of them is there, the ground until then.
function drawCredits(map, city, element) {
  const credits = map.attributionControl;
  const own = element("span", city.credit).innerHTML;
  if (own) credits.addAttribution(own);
  if (!city.tiles) return;
  const { url, credit, zoom } = city.tiles;
  const tiles = L.tileLayer(url, { maxZoom: zoom });
  tiles.once("tileload", () => credits.removeAttribution(own).addAttribution(credit));
  tiles.addTo(map);
}
