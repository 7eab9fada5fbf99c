// What the player's map shows beneath the sensors, drawn on its canvas: land and sea, freeways, names,
// a scale bar, and who made it. Every text is drawn letter by letter.
const KM_PER_DEGREE = 111.2; // of latitude

// Draw the ground, and clip what is drawn next to the map.
function drawGround(pen, style, { ground, inks, north }, { sheet, scale, across, down }) {
  const ink = isDark(style) ? inks.dark : inks.light;
  const edges = [sheet.left, sheet.top, sheet.wide, sheet.high];
  const trace = (line) => line.forEach(([u, v], at) => pen[at ? "lineTo" : "moveTo"](across(u), down(v)));
  const area = (rings, colour) => {
    pen.beginPath();
    rings.forEach(trace);
    pen.fillStyle = colour;
    pen.fill("evenodd");
  };
  pen.beginPath();
  pen.rect(...edges);
  pen.clip();
  pen.fillStyle = ink.background;
  pen.fillRect(...edges);
  if (ground.sea) area([ground.sea], ink.sea);
  ground.land.forEach((rings) => area(rings, ink.background));
  pen.strokeStyle = ink.road;
  pen.lineWidth = 2;
  pen.beginPath();
  ground.roads.forEach(trace);
  pen.stroke();
  const bottom = sheet.top + sheet.high;
  const taken = [
    drawKilometres(pen, sheet.left + 8, bottom - 10, scale / (north * KM_PER_DEGREE), ink),
    drawCredit(pen, ground.credit, sheet.left + sheet.wide - 6, bottom - 9, style, ink),
  ];
  for (const name of ground.names) drawName(pen, name, [across(name.at[0]), down(name.at[1])], sheet, taken, style, ink);
}

function isDark(style) {
  const [red, green, blue] = style.color.match(/[\d.]+/g).map(Number); // of the text
  return red + green + blue > 382;
}

// The most important names come first; one that has no room is left out.
function drawName(pen, { text, kind, offset }, at, sheet, taken, style, ink) {
  pen.font = `${kind === "road" ? "600 " : ""}11px ${style.fontFamily}`;
  const [x, y] = [at[0] + offset[0], at[1] + offset[1]];
  const half = pen.measureText(text).width / 2 + 5;
  const box = [x - half, y - 9, x + half, y + 9];
  const right = sheet.left + sheet.wide;
  const seen = box[0] > sheet.left && box[1] > sheet.top && box[2] < right && box[3] < sheet.top + sheet.high;
  const meets = (other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3];
  if (!seen || taken.some(meets)) return;
  taken.push(box);
  if (kind === "road") {
    pen.beginPath();
    pen.roundRect(x - half, y - 8, 2 * half, 16, 4);
    pen.fillStyle = ink.background;
    pen.fill();
    pen.lineWidth = 1;
    pen.strokeStyle = ink.road;
    pen.stroke();
  } else {
    pen.lineWidth = 3;
    pen.strokeStyle = ink.background;
    pen.lineJoin = "round";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.strokeText(text, x, y);
  }
  pen.fillStyle = ink.text;
  pen.globalAlpha = kind === "road" ? 1 : 0.75;
  write(pen, text, x, y, "center");
  pen.globalAlpha = 1;
}

// Draw a scale bar and return its box.
function drawKilometres(pen, x, y, perKilometre, ink) {
  const fit = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100].filter((km) => km * perKilometre <= 110);
  const km = fit.at(-1);
  if (km === undefined) return [x, y, x, y];
  const end = x + km * perKilometre;
  pen.fillStyle = ink.text;
  pen.fillRect(x, y - 1, end - x, 2);
  write(pen, `${km} km`, end + 6, y, "left");
  return [x, y - 9, end + 48, y + 9];
}

// Write who made the ground and return the text's box.
function drawCredit(pen, text, x, y, style, ink) {
  pen.font = `10px ${style.fontFamily}`;
  pen.fillStyle = ink.text;
  pen.globalAlpha = 0.75;
  write(pen, text, x, y, "right");
  pen.globalAlpha = 1;
  return [x - pen.measureText(text).width - 4, y - 8, x, y + 8];
}
