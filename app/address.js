// A page has one entry in the browser's history, however many settings were changed on it: a step
// back leaves the page. Streamlit makes an entry for each change of the address.
export default function () {
  if (history.himnetOneEntry) return
  history.himnetOneEntry = true
  const push = history.pushState.bind(history)
  history.pushState = (state, title, url) => {
    const same = url && new URL(url, location.href).pathname === location.pathname
    if (same) history.replaceState(state, title, url)
    else push(state, title, url)
  }
}
