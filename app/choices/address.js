// Each page has one entry in the browser's history, however often its settings change, so that
// going back leaves the page. Streamlit adds an entry for each change of the address, and drops the
// checkpoint on a change of page until the server has answered, so it is added here.
export default function () {
  if (history.himnetOneEntry) return
  history.himnetOneEntry = true
  const push = history.pushState.bind(history)
  history.pushState = (state, title, url) => {
    const to = new URL(url ?? "", location.href)
    const model = new URL(location.href).searchParams.get("checkpoint")
    if (to.pathname === location.pathname) history.replaceState(state, title, url)
    else {
      if (model !== null && !to.searchParams.has("checkpoint")) to.searchParams.set("checkpoint", model)
      push(state, title, to.href)
    }
  }
}
