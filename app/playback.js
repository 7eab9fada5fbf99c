// A day that plays: heatmap, map, series and curves under one clock, all drawn here, so that no
// frame asks the server. What is chosen at a pause, or when a drag ends, is told to it.
const NOTHING = 255;
const players = new WeakMap(); // by element: a player outlives the reruns of its page

function unpack(text) {
  return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
}

function table(stops) {
  const channels = stops.map(([, colour]) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)));
  return Array.from({ length: NOTHING }, (_, byte) => {
    const place = (byte / (NOTHING - 1)) * (stops.length - 1);
    const below = Math.min(Math.floor(place), stops.length - 2);
    const mixed = channels[below].map((c, i) => Math.round(c + (channels[below + 1][i] - c) * (place - below)));
    return `rgb(${mixed})`;
  });
}

class Player {
  constructor(root, tell) {
    this.root = root;
    this.tell = tell;
    this.find = (name) => root.querySelector(name);
    this.playing = false;
    this.frames = 0;
    this.find(".play").onclick = () => (this.playing ? this.pause() : this.play());
    const clock = this.find(".clock");
    clock.oninput = () => this.show(Number(clock.value));
    clock.onchange = () => this.settle();
    this.find(".colour").onchange = () => this.show(this.at);
    this.find(".map canvas").onclick = (event) => this.choose(event);
    root.onkeydown = (event) => this.key(event);
    new ResizeObserver(() => this.ready && this.show(this.at)).observe(root);
  }

  take(data) {
    const other = data.sum !== this.sum;
    if (other) {
      if (this.playing) this.pause(false);
      this.sum = data.sum;
      this.data = data;
      this.heat = data.heat && { ...data.heat, bytes: unpack(data.heat.bytes), colours: table(data.heat.scale) };
      this.layers = data.layers.map((l) => ({ ...l, bytes: unpack(l.bytes), colours: table(l.scale) }));
      this.fill();
    }
    this.ready = true;
    if (other || !this.playing) this.show(data.moment);
  }

  fill() {
    this.find(".clock").max = this.data.clock.length - 1;
    const colour = this.find(".colour");
    const before = colour.value;
    colour.replaceChildren(...this.layers.map((layer) => new Option(layer.name, layer.name)));
    if (this.layers.some((layer) => layer.name === before)) colour.value = before;
    this.find(".colour-label").hidden = !this.data.places;
    const titles = this.data.titles;
    for (const name of Object.keys(titles)) {
      const panel = this.find(`.${name}`);
      panel.hidden = !titles[name];
      panel.querySelector("figcaption").textContent = titles[name] || "";
      panel.querySelector("canvas").setAttribute("aria-label", titles[name] || "");
    }
  }

  play() {
    this.playing = true;
    this.button();
    if (this.at >= this.data.clock.length - 1) this.show(0);
    let before = null;
    let place = this.at;
    const step = (now) => {
      if (!this.playing) return;
      if (!this.root.isConnected) return this.pause(false);
      if (before !== null) place += ((now - before) / 1000) * Number(this.find(".speed").value);
      before = now;
      const last = this.data.clock.length - 1;
      if (Math.floor(place) !== this.at) this.show(Math.min(Math.floor(place), last));
      if (this.at >= last) return this.pause();
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  pause(settle = true) {
    this.playing = false;
    this.button();
    if (settle) this.settle();
  }

  settle() {
    if (!this.playing && this.at !== this.data.moment) this.tell("moment", this.at);
  }

  button() {
    const button = this.find(".play");
    button.textContent = this.playing ? "❚❚ Pause" : "▶ Play";
    button.setAttribute("aria-pressed", String(this.playing));
  }

  key(event) {
    if (event.target.tagName === "SELECT" || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = this.data.clock.length - 1;
    const to = { ArrowRight: this.at + 1, ArrowLeft: this.at - 1, Home: 0, End: last }[event.key];
    if (event.key === " ") this.playing ? this.pause() : this.play();
    else if (to === undefined) return;
    else {
      if (this.playing) this.pause(false);
      this.show(Math.max(0, Math.min(last, to)));
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.settle(), 400);
    }
    event.preventDefault();
  }

  show(moment) {
    this.at = Math.max(0, Math.min(moment, this.data.clock.length - 1));
    const time = this.data.clock[this.at];
    const clock = this.find(".clock");
    clock.value = this.at;
    clock.setAttribute("aria-valuetext", time);
    this.find("output").textContent = time;
    this.style = getComputedStyle(this.root);
    if (this.heat) this.drawHeat();
    if (this.data.places) this.drawMap();
    this.drawLines(".series", this.data.series, this.data.seriesAxis);
    if (this.data.curves.length) this.drawLines(".curves", this.data.curves, this.data.curvesAxis);
    this.root.dataset.frames = ++this.frames;
    this.root.dataset.time = time;
  }

  pen(name, ratio) {
    const canvas = this.find(`${name} canvas`);
    const wide = canvas.clientWidth || 400;
    const high = Math.round(wide * ratio);
    const dense = window.devicePixelRatio || 1;
    if (canvas.width !== wide * dense || canvas.height !== high * dense) {
      canvas.style.height = `${high}px`;
      canvas.width = wide * dense;
      canvas.height = high * dense;
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    pen.clearRect(0, 0, wide, high);
    pen.font = `12px ${this.style.fontFamily}`;
    pen.fillStyle = this.style.color;
    return { pen, wide, high };
  }

  bar(pen, x, y, high, colours, low, top, unit) {
    const step = high / colours.length;
    colours.forEach((colour, at) => {
      pen.fillStyle = colour;
      pen.fillRect(x, y + high - (at + 1) * step, 12, step + 1);
    });
    pen.fillStyle = this.style.color;
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    [0, 0.5, 1].forEach((share) => {
      const value = low + (top - low) * share;
      pen.fillText(String(Math.round(value * 100) / 100), x + 16, y + high * (1 - share));
    });
    pen.textBaseline = "bottom";
    pen.fillText(unit, x - 4, y - 8);
  }

  drawHeat() {
    const { pen, wide, high } = this.pen(".heat", 0.78);
    const { bytes, size, colours, low, high: top, groups, unit } = this.heat;
    const side = Math.min(wide - 120, high - 40);
    const cell = side / size;
    const [x, y] = [34, 26];
    for (let row = 0; row < size; row++)
      for (let column = 0; column < size; column++) {
        const byte = bytes[(this.at * size + row) * size + column];
        pen.fillStyle = byte === NOTHING ? "#9993" : colours[byte];
        pen.fillRect(x + column * cell, y + row * cell, cell - 0.6, cell - 0.6);
      }
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.fillStyle = this.style.color;
    const every = Math.ceil(14 / cell);
    for (let row = 0; row < size; row += every) pen.fillText(row + 1, x - 6, y + (row + 0.5) * cell);
    for (const { start, end, colour } of groups) {
      pen.strokeStyle = colour;
      pen.lineWidth = 3;
      pen.strokeRect(x + start * cell, y + start * cell, (end - start) * cell, (end - start) * cell);
    }
    this.bar(pen, x + side + 18, y, side, colours, low, top, unit);
  }

  spots(wide, high) {
    const { x, y, aspect } = this.data.places;
    const scale = Math.min((wide - 90) / aspect, high - 40);
    return [(at) => 10 + x[at] * aspect * scale, (at) => 26 + (1 - y[at]) * scale, aspect * scale, scale];
  }

  drawMap() {
    const { pen, wide, high } = this.pen(".map", 0.78);
    const { roads, members, chosen, aspect, x } = this.data.places;
    const layer = this.layers.find((one) => one.name === this.find(".colour").value) || this.layers[0];
    const [across, down, , scale] = this.spots(wide, high);
    pen.strokeStyle = "#9998";
    pen.lineWidth = 3;
    for (const road of roads) {
      pen.beginPath();
      road.forEach(([u, v]) => pen.lineTo(10 + u * aspect * scale, 26 + (1 - v) * scale));
      pen.stroke();
    }
    const outline = new Map(members.map(([at, colour]) => [at, colour]));
    const dot = (at) => {
      const byte = layer.bytes[this.at * x.length + at];
      pen.beginPath();
      pen.arc(across(at), down(at), outline.has(at) ? 6 : 4, 0, 7);
      pen.fillStyle = byte === NOTHING ? "#9996" : layer.colours[byte];
      pen.fill();
      if (!outline.has(at)) return;
      pen.strokeStyle = at === chosen ? this.style.color : outline.get(at);
      pen.lineWidth = at === chosen ? 3 : 2;
      pen.stroke();
    };
    x.forEach((_, at) => outline.has(at) || dot(at));
    outline.forEach((_, at) => dot(at));
    this.bar(pen, wide - 52, 26, Math.min(scale, 220), layer.colours, layer.low, layer.high, layer.unit);
  }

  choose(event) {
    const canvas = event.currentTarget;
    const [across, down] = this.spots(canvas.clientWidth, canvas.clientHeight);
    const far = this.data.places.x.map((_, at) => Math.hypot(across(at) - event.offsetX, down(at) - event.offsetY));
    const nearest = far.indexOf(Math.min(...far));
    if (far[nearest] < 12) this.tell("sensor", nearest);
  }

  drawLines(name, lines, axis) {
    const { pen, wide, high } = this.pen(name, 0.5);
    const { hours } = this.data;
    const [left, right, top, bottom] = [42, 8, 26, 34];
    const across = (hour) => left + ((wide - left - right) * hour) / 24;
    const down = (value) => top + (high - top - bottom) * (1 - (value - axis.low) / (axis.high - axis.low));
    pen.strokeStyle = "#9995";
    pen.lineWidth = 1;
    pen.textBaseline = "middle";
    for (const tick of axis.ticks) {
      pen.textAlign = "right";
      pen.fillText(tick, left - 6, down(tick));
      pen.strokeRect(left, down(tick), wide - left - right, 0);
    }
    pen.textAlign = "center";
    for (let hour = 0; hour <= 24; hour += 3) pen.fillText(hour, across(hour), high - bottom + 12);
    pen.fillText("hour of day", (left + wide) / 2, high - 6);
    pen.textAlign = "left";
    pen.fillText(axis.title, 2, 10);
    for (const line of lines) this.line(pen, line, hours, across, down);
    const now = across(hours[this.at]);
    pen.strokeStyle = "#d62246";
    pen.lineWidth = 2;
    pen.beginPath();
    pen.moveTo(now, top);
    pen.lineTo(now, high - bottom);
    pen.stroke();
    this.legend(pen, lines, wide);
  }

  line(pen, { colour, dashed, values, low, high }, hours, across, down) {
    if (low) {
      pen.fillStyle = `${colour}2b`;
      pen.beginPath();
      low.forEach((value, at) => value !== null && pen.lineTo(across(hours[at]), down(value)));
      for (let at = high.length - 1; at >= 0; at--)
        if (high[at] !== null) pen.lineTo(across(hours[at]), down(high[at]));
      pen.fill();
    }
    pen.strokeStyle = colour;
    pen.lineWidth = 2;
    pen.setLineDash(dashed ? [6, 4] : []);
    pen.beginPath();
    let gap = true;
    values.forEach((value, at) => {
      if (value !== null) gap ? pen.moveTo(across(hours[at]), down(value)) : pen.lineTo(across(hours[at]), down(value));
      gap = value === null;
    });
    pen.stroke();
    pen.setLineDash([]);
  }

  legend(pen, lines, wide) {
    let x = wide - 8;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    for (const { name, colour, dashed, values } of [...lines].reverse()) {
      const value = values[this.at];
      const text = `${name}: ${value === null ? "–" : value.toFixed(value > 10 ? 0 : 2)}`;
      pen.fillStyle = this.style.color;
      pen.fillText(text, x, 10);
      x -= pen.measureText(text).width + 8;
      pen.strokeStyle = colour;
      pen.lineWidth = 3;
      pen.setLineDash(dashed ? [4, 3] : []);
      pen.strokeRect(x - 18, 10, 18, 0);
      pen.setLineDash([]);
      x -= 32;
    }
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".player");
  if (!players.has(root)) players.set(root, new Player(root, setTriggerValue));
  const player = players.get(root);
  player.tell = setTriggerValue;
  player.take(data);
}
