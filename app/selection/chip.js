// Says how many sensors are selected, at once when charts change the selection, and keeps named
// selections in this browser, for each set of sensors in a place of its own.
const chip = (window.himnetChip ??= {});
const MOST = 2_000_000; // characters that are sent to the server

function read(place) {
  try {
    const text = localStorage.getItem(place);
    return text && text.length <= MOST ? text : null;
  } catch {
    return null; // the browser keeps nothing
  }
}

function write(place, text) {
  try {
    if (localStorage.getItem(place) !== text) localStorage.setItem(place, text);
  } catch {
    // full, or not allowed: the names last as long as the visit
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const say = (count) => {
    const told = `${count.toLocaleString("en")} of ${data.total.toLocaleString("en")} selected`;
    parentElement.querySelector(".count").textContent = told;
  };
  const place = `himnet-selections-${data.sensors}`;
  say(data.count);
  for (const [event, heard] of Object.entries(chip)) window.removeEventListener(event, heard);
  chip["himnet-selection"] = ({ detail }) => say(detail);
  chip.storage = ({ key, newValue }) => {
    if (key === place && newValue) setTriggerValue("stored", newValue); // from another tab
  };
  for (const [event, heard] of Object.entries(chip)) window.addEventListener(event, heard);
  if (data.keep !== null) write(place, data.keep);
  else if (!data.loaded && read(place)) setTriggerValue("stored", read(place));
}
