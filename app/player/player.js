// Plays a day: heatmap, map, series and curves at one time, all drawn here, so that no frame needs
// the server. The server is told where playing stops, and which sensor is clicked.
const players = new WeakMap(); // by element: a player survives reruns of its page
const PATIENCE = 300; // ms after the last step before the server is told the moment
const LONGEST = 0.25; // seconds per frame at most, so that a hidden tab does not skip ahead

class Player {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(name);
    this.style = getComputedStyle(root); // follows the theme
    this.playing = false;
    this.frames = 0;
    this.underway = []; // moments sent that the server has not answered
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.find(".speed").value = "0.5";
    this.find(".play").onclick = () => (this.playing ? this.pause() : this.play());
    const clock = this.find(".clock");
    clock.oninput = () => this.leap(Number(clock.value));
    clock.onchange = () => this.settleSoon();
    this.find(".colour").onchange = () => this.show(this.place);
    root.onkeydown = (event) => this.key(event);
    this.listen();
    new ResizeObserver(() => this.data && this.show(this.place)).observe(root);
  }

  listen() {
    const [heat, map] = [this.find(".heat canvas"), this.find(".map canvas")];
    heat.onmousemove = (event) => (heat.title = heatNote(heat, this.heat, this.at, event));
    map.onmousemove = (event) => {
      const sensor = sensorUnder(map, this.data.places, event);
      const { ids, x } = this.data.places;
      map.title = sensor < 0 ? "" : `${ids[sensor]}: ${told(this.layer, this.at * x.length + sensor)}`;
      map.style.cursor = sensor < 0 || this.data.places.chosen < 0 ? "" : "pointer";
    };
    map.onclick = (event) => {
      const sensor = sensorUnder(map, this.data.places, event);
      if (sensor >= 0 && this.data.places.chosen >= 0) this.tell("sensor", sensor);
    };
  }

  // Take the server's data: everything if another scene is to be played, else only the moment.
  take(data) {
    const other = data.sum !== this.data?.sum;
    const otherDay = String(data.clock) !== String(this.data?.clock);
    const asked = this.underway.indexOf(data.moment);
    const moved = asked < 0 && data.moment !== this.answered; // by the page, not by this player
    this.underway.splice(0, moved || otherDay ? Infinity : asked + 1);
    this.answered = data.moment;
    if (otherDay) this.playing = false;
    if (other) this.fill(data);
    this.button();
    this.show(moved || otherDay ? data.moment : this.place);
  }

  fill(data) {
    this.data = data;
    this.heat = data.heat && unpacked(data.heat);
    this.layers = data.layers.map(unpacked);
    this.find(".clock").max = data.clock.length - 1;
    const colour = this.find(".colour");
    const before = colour.selectedIndex;
    colour.replaceChildren(...this.layers.map((layer) => new Option(layer.name)));
    colour.selectedIndex = Math.min(Math.max(before, 0), this.layers.length - 1);
    this.find(".colour-label").hidden = !data.places || this.layers.length < 2;
    for (const [name, title] of Object.entries(data.titles)) {
      const panel = this.find(`.${name}`);
      panel.hidden = !title;
      panel.querySelector("figcaption").textContent = title || "";
      panel.querySelector("canvas").setAttribute("aria-label", title || "");
    }
    this.legend(".series", data.series);
    this.legend(".curves", data.curves);
  }

  get layer() {
    return this.layers[this.find(".colour").selectedIndex];
  }

  play() {
    const { hours } = this.data;
    const last = hours.length - 1;
    if (this.at >= last) this.show(0);
    this.playing = true;
    this.button();
    let before = null;
    const step = (now) => {
      if (!this.playing) return;
      if (!this.root.isConnected) return this.pause(false);
      const passed = before === null ? 0 : Math.min((now - before) / 1000, LONGEST);
      before = now;
      const hour = last / (hours[last] - hours[0] || 1); // in moments
      this.show(this.place + passed * Number(this.find(".speed").value) * hour, false);
      if (this.place >= last) return this.pause();
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  pause(settle = true) {
    this.playing = false;
    this.button();
    this.show(this.at);
    if (settle) this.settle();
  }

  button() {
    this.find(".play").textContent = this.playing ? "❚❚ Pause" : "▶ Play";
  }

  // Go to a moment chosen by the user, which stops playing.
  leap(moment) {
    if (this.playing) this.pause(false);
    this.show(moment);
  }

  settleSoon() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.settle(), PATIENCE);
  }

  settle() {
    if (this.playing || this.at === (this.underway.at(-1) ?? this.answered)) return;
    this.underway.push(this.at);
    this.tell("moment", this.data.clock[this.at]);
  }

  key(event) {
    const { tagName } = event.target;
    if (tagName === "SELECT" || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = this.data.clock.length - 1;
    const to = { ArrowRight: this.at + 1, ArrowLeft: this.at - 1, Home: 0, End: last }[event.key];
    if (event.key === " ") {
      if (tagName === "BUTTON") return; // the key presses the button
      if (!event.repeat) this.playing ? this.pause() : this.play();
    } else if (to === undefined) return;
    else {
      this.leap(to);
      this.settleSoon();
    }
    event.preventDefault();
  }

  // Draw a moment; between two moments, only the cursors move.
  show(place, all = true) {
    this.place = Math.max(0, Math.min(place, this.data.clock.length - 1));
    const at = Math.floor(this.place);
    if (all || at !== this.at) {
      this.at = at;
      this.drawMoment();
    }
    const { hours, series, seriesAxis, curves, curvesAxis } = this.data;
    const cursor = (name, lines, axis) =>
      drawCursor(this.find(`${name} .above`), this.style, lines, axis, hours, this.place);
    cursor(".series", series, seriesAxis);
    if (curves.length) cursor(".curves", curves, curvesAxis);
    this.root.dataset.frames = ++this.frames;
  }

  drawMoment() {
    const time = this.data.clock[this.at];
    const clock = this.find(".clock");
    clock.value = this.at;
    clock.setAttribute("aria-valuetext", time);
    this.find("output").textContent = time;
    if (this.heat) drawHeat(this.find(".heat canvas"), this.style, this.heat, this.at);
    if (this.data.places) drawMap(this.find(".map canvas"), this.style, this.data.places, this.layer, this.at);
    this.drawStill(".series", this.data.series, this.data.seriesAxis);
    if (this.data.curves.length) this.drawStill(".curves", this.data.curves, this.data.curvesAxis);
    this.root.dataset.time = time;
  }

  // Draw lines if they, the theme or the size have changed; show their current values.
  drawStill(name, lines, axis) {
    const canvas = this.find(`${name} canvas`);
    const about = [this.data.sum, canvas.clientWidth, window.devicePixelRatio, this.style.color].join();
    if (canvas.dataset.about !== about) drawLines(canvas, this.style, lines, axis, this.data.hours);
    canvas.dataset.about = about;
    const now = this.root.querySelectorAll(`${name} .value`);
    const digits = axis.high > 10 ? 0 : 2;
    lines.forEach(({ values }, number) => {
      const value = values[this.at];
      now[number].textContent = value === null ? "–" : `${value.toFixed(digits)} ${axis.unit}`;
    });
  }

  legend(name, lines) {
    const entries = lines.map(({ name: words, colour, dashed }) => {
      const [entry, stroke, value] = ["span", "i", "span"].map((tag) => document.createElement(tag));
      stroke.style.borderTop = `3px ${dashed ? "dashed" : "solid"} ${colour}`;
      value.className = "value";
      entry.append(stroke, ` ${words}: `, value);
      return entry;
    });
    this.find(`${name} .legend`).replaceChildren(...entries);
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".player");
  if (!players.has(root)) players.set(root, new Player(root));
  const player = players.get(root);
  player.tell = setTriggerValue;
  player.take(data);
}
