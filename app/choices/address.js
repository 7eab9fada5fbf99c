// A page has one entry in the browser's history, however many settings were changed on it: a step
// back leaves the page. Streamlit makes an entry for each change of the address; and where the page
// changes, it leaves the model out until the server has answered, so the model is taken along here.
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
