// The player's charts, each drawn on a canvas for one moment. Values are bytes from the low to the
// high end of a colour scale.
const NOTHING = 255; // the byte of a missing value
const UNKNOWN = "#9996";
const CURSOR = "#d62246";
// most pixels of height, so that all four charts fit on a screen
const TALL = 262;
const LOW = 145;
const room = () => (innerHeight > 760 ? 1 : 0.75); // a projector's window is low

function unpacked(layer) {
  const bytes = Uint8Array.from(atob(layer.bytes), (sign) => sign.charCodeAt(0));
  return { ...layer, bytes, colours: mixed(layer.scale) };
}

function mixed(stops) {
  const channels = stops.map(([, colour]) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)));
  return Array.from({ length: NOTHING }, (_, byte) => {
    const place = (byte / (NOTHING - 1)) * (stops.length - 1);
    const below = Math.min(Math.floor(place), stops.length - 2);
    const [from, to] = [channels[below], channels[below + 1]];
    return `rgb(${from.map((channel, i) => Math.round(channel + (to[i] - channel) * (place - below)))})`;
  });
}

// The value of a byte as text, with its unit.
function told({ bytes, low, high, unit }, at) {
  if (bytes[at] === NOTHING) return "missing";
  const value = low + ((high - low) * bytes[at]) / (NOTHING - 1);
  return `${value.toFixed(Math.abs(high) > 10 ? 0 : 2)} ${unit}`;
}

// A cleared canvas at the resolution of the screen, in the text colour of the page: a share of its
// width high, up to a number of pixels.
function blank(canvas, ratio, most, style) {
  const wide = canvas.clientWidth || 400;
  const high = Math.min(Math.round(wide * ratio), Math.round(most * room()));
  const dense = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(wide * dense) || canvas.height !== Math.round(high * dense)) {
    canvas.style.height = `${high}px`;
    canvas.width = Math.round(wide * dense);
    canvas.height = Math.round(high * dense);
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(dense, 0, 0, dense, 0, 0);
  pen.clearRect(0, 0, wide, high);
  pen.font = `12px ${style.fontFamily}`;
  pen.fillStyle = style.color;
  return { pen, wide, high };
}

function write(pen, text, x, y, align, baseline = "middle") {
  pen.textAlign = align;
  pen.textBaseline = baseline;
  pen.fillText(text, x, y);
}

function drawBar(pen, x, y, high, layer, ink) {
  const { colours, low, high: top, under, over, unit } = layer;
  const step = high / colours.length;
  colours.forEach((colour, at) => {
    pen.fillStyle = colour;
    pen.fillRect(x, y + high - (at + 1) * step, 12, step + 1);
  });
  pen.fillStyle = ink;
  const digits = top - low > 10 ? 0 : top - low > 0.4 ? 1 : 3;
  for (const share of [0, 0.5, 1]) {
    const beyond = (share === 0 && under && "≤ ") || (share === 1 && over && "≥ ") || "";
    write(pen, beyond + (low + (top - low) * share).toFixed(digits), x + 16, y + high * (1 - share), "left");
  }
  write(pen, unit, x - 4, y - 8, "left", "bottom");
}

function heatShape(heat, wide, high) {
  const side = Math.min(wide - 120, high - 40);
  return { x: 34, y: 26, side, cell: side / heat.size };
}

function drawHeat(canvas, style, heat, at) {
  const { pen, wide, high } = blank(canvas, 0.78, TALL, style);
  const { bytes, size, colours, groups } = heat;
  const { x, y, side, cell } = heatShape(heat, wide, high);
  const every = Math.ceil(14 / cell);
  for (let row = 0; row < size; row += every) write(pen, row + 1, x - 6, y + (row + 0.5) * cell, "right");
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const byte = bytes[(at * size + row) * size + column];
      pen.fillStyle = byte === NOTHING ? UNKNOWN : colours[byte];
      pen.fillRect(x + column * cell, y + row * cell, cell - 0.6, cell - 0.6);
    }
  pen.lineWidth = 3;
  for (const { start, end, colour } of groups) {
    pen.strokeStyle = colour;
    pen.strokeRect(x + start * cell, y + start * cell, (end - start) * cell, (end - start) * cell);
  }
  drawBar(pen, x + side + 18, y, side, heat, style.color);
}

// Text for the heatmap cell under the mouse.
function heatNote(canvas, heat, at, event) {
  const { x, y, cell } = heatShape(heat, canvas.clientWidth, canvas.clientHeight);
  const [column, row] = [Math.floor((event.offsetX - x) / cell), Math.floor((event.offsetY - y) / cell)];
  if (Math.min(row, column) < 0 || Math.max(row, column) >= heat.size) return "";
  return `${heat.ids[row]} and ${heat.ids[column]}: ${told(heat, (at * heat.size + row) * heat.size + column)}`;
}

// The map fills its panel: the rectangle of the sensors in the middle, the ground around it.
function mapShape({ aspect, x, y }, wide, high) {
  const sheet = { left: 2, top: 26, wide: wide - 74, high: high - 32 };
  const scale = Math.min(sheet.wide / aspect, sheet.high);
  const across = (u) => sheet.left + (sheet.wide - aspect * scale) / 2 + u * aspect * scale;
  const down = (v) => sheet.top + (sheet.high + scale) / 2 - v * scale;
  return { sheet, scale, across, down, spot: (at) => [across(x[at]), down(y[at])] };
}

function drawMap(canvas, style, places, layer, at) {
  const { pen, wide, high } = blank(canvas, 0.78, TALL, style);
  const { members, chosen, x } = places;
  const shape = mapShape(places, wide, high);
  const { sheet, spot } = shape;
  pen.save();
  drawGround(pen, style, places, shape);
  const outline = new Map(members);
  const dot = (sensor, radius, colour, width) => {
    const byte = layer.bytes[at * x.length + sensor];
    pen.beginPath();
    pen.arc(...spot(sensor), radius, 0, 7);
    pen.fillStyle = byte === NOTHING ? UNKNOWN : layer.colours[byte];
    pen.fill();
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.stroke();
  };
  x.forEach((_, sensor) => outline.has(sensor) || sensor === chosen || dot(sensor, 4, "#8888", 1));
  outline.forEach((colour, sensor) => sensor === chosen || dot(sensor, 6, colour, 2));
  if (chosen >= 0) dot(chosen, 7, style.color, 3);
  pen.restore();
  drawBar(pen, wide - 60, sheet.top, Math.min(sheet.high, 240), layer, style.color);
}

// The sensor closest to the mouse on the map, or -1.
function sensorUnder(canvas, places, event) {
  const { spot } = mapShape(places, canvas.clientWidth, canvas.clientHeight);
  let [nearest, least] = [-1, 12];
  places.x.forEach((_, sensor) => {
    const [x, y] = spot(sensor);
    const far = Math.hypot(x - event.offsetX, y - event.offsetY);
    if (far < least) [nearest, least] = [sensor, far];
  });
  return nearest;
}

function lineShape({ low, high: top }, wide, high) {
  const box = { left: 42, right: wide - 8, top: 22, bottom: high - 34 };
  const across = (hour) => box.left + ((box.right - box.left) * hour) / 24;
  const down = (value) => box.top + ((box.bottom - box.top) * (top - value)) / (top - low);
  return { ...box, across, down };
}

// Lines over the day without the cursor: the same for all moments, so drawn only once.
function drawLines(canvas, style, lines, axis, hours) {
  const { pen, wide, high } = blank(canvas, 0.46, LOW, style);
  const { left, right, bottom, across, down } = lineShape(axis, wide, high);
  for (const tick of axis.ticks) {
    write(pen, tick, left - 6, down(tick), "right");
    pen.fillRect(left, down(tick), right - left, 0.3);
  }
  for (let hour = 0; hour <= 24; hour += 3) write(pen, hour, across(hour), bottom + 12, "center");
  write(pen, "hour of day", (left + right) / 2, high - 6, "center");
  write(pen, axis.title, 2, 8, "left");
  for (const line of lines) drawLine(pen, line, (at) => across(hours[at]), down);
}

function drawLine(pen, { colour, dashed, values, low, high }, across, down) {
  if (low) {
    pen.fillStyle = `${colour}2b`;
    pen.beginPath();
    low.forEach((value, at) => value !== null && pen.lineTo(across(at), down(value)));
    for (let at = high.length - 1; at >= 0; at--) if (high[at] !== null) pen.lineTo(across(at), down(high[at]));
    pen.fill();
  }
  pen.strokeStyle = colour;
  pen.lineWidth = 2;
  pen.setLineDash(dashed ? [6, 4] : []);
  pen.beginPath();
  let known = false; // missing values leave a gap
  values.forEach((value, at) => {
    if (value !== null) known ? pen.lineTo(across(at), down(value)) : pen.moveTo(across(at), down(value));
    known = value !== null;
  });
  pen.stroke();
  pen.setLineDash([]);
}

// The cursor and a dot on each line, on a separate canvas above the lines.
function drawCursor(canvas, style, lines, axis, hours, place) {
  const { pen, wide, high } = blank(canvas, 0.46, LOW, style);
  const { top, bottom, across, down } = lineShape(axis, wide, high);
  const at = Math.floor(place);
  const next = Math.min(at + 1, hours.length - 1);
  const now = across(hours[at] + (hours[next] - hours[at]) * (place - at));
  pen.fillStyle = CURSOR;
  pen.fillRect(now - 1, top, 2, bottom - top);
  for (const { colour, values } of lines) {
    if (values[at] === null) continue;
    const [from, to] = [values[at], values[next] ?? values[at]];
    pen.fillStyle = colour;
    pen.beginPath();
    pen.arc(now, down(from + (to - from) * (place - at)), 4, 0, 7);
    pen.fill();
  }
}
