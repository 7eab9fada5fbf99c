// Arrow keys, and the page keys that a presenter's remote sends, press the tour's buttons. A key that
// a widget understands stays the widget's: sliders, options, fields.
const KEYS = { ArrowLeft: "back", PageUp: "back", ArrowRight: "next", PageDown: "next" };
const OWN = "input, textarea, select, [contenteditable=true], [role=slider], [role=listbox]";
const VOTES = "[class*='st-key-tour-choice']";

export default function () {
  if (window.himnetTourKeys) return;
  window.himnetTourKeys = true;
  document.addEventListener("keydown", (event) => {
    const name = KEYS[event.key];
    if (!name || event.repeat || event.defaultPrevented) return;
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest?.(OWN)) return;
    const button = document.querySelector(`.st-key-tour-${name} button`);
    if (!button) return; // not on the tour
    event.preventDefault();
    button.click();
  });
  // a vote by mouse leaves the keys to the tour; by keyboard, they go on choosing an option
  document.addEventListener("pointerup", ({ target }) => {
    if (target.closest?.(VOTES)) setTimeout(() => document.activeElement?.blur(), 100);
  });
}
