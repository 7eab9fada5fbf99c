// The groups that colours show, such as clusters: one under the mouse or the focus is lit in all linked
// charts, one that is clicked stays lit until it, another one, or Escape is pressed, or until sensors
// are selected.
const link = (window.himnetLink ??= { told: {}, moved: {}, selected: [], adding: false });

function drawn({ kind, ink, colour, hint }) {
  const chip = document.createElement("button");
  chip.type = "button";
  chip.textContent = kind;
  chip.title = hint;
  chip.style.background = colour;
  chip.style.color = ink;
  return chip;
}

export default function ({ data, parentElement }) {
  const legend = parentElement.querySelector(".legend");
  const [name, chips] = ["span", "span"].map((tag) => document.createElement(tag));
  name.textContent = data.name;
  const entries = data.groups.map((group) => [group, drawn(group)]);
  chips.append(...entries.map(([, chip]) => chip));
  legend.replaceChildren(name, chips);
  legend.setAttribute("aria-label", `Legend: ${data.name}`);
  let kept; // the entry that was clicked
  const light = (entry) => link.light?.(entry?.shown, entry?.name);
  const keep = (entry) => {
    kept = entry;
    link.kept = entry?.shown;
    for (const [group, chip] of entries) chip.setAttribute("aria-pressed", group === kept);
    light(kept);
  };
  for (const [group, chip] of entries) {
    chip.setAttribute("aria-pressed", "false");
    for (const begins of ["pointerenter", "focus"]) chip.addEventListener(begins, () => light(group));
    for (const ends of ["pointerleave", "blur"]) chip.addEventListener(ends, () => light(kept));
    chip.addEventListener("click", () => keep(kept === group ? undefined : group));
  }
  legend.onkeydown = ({ key, target }) => {
    if (key === "Escape") keep(undefined);
    if (key === "ArrowRight") target.nextElementSibling?.focus();
    if (key === "ArrowLeft") target.previousElementSibling?.focus();
  };
  link.letGo = () => kept && keep(undefined);
  keep(data.groups.find(({ shown }) => shown === link.kept)); // it is drawn again
  return () => {
    delete link.letGo;
    delete link.kept;
    light();
  };
}
