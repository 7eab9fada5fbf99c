// The texts of a page with their contrast: colours as computed, opacities of all ancestors, over the
// grounds that lie below. Returns [ratio, colour, ground, opacity, text] of each text below the limit.
(limit) => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const seen = new Map();
  const channels = (css) => {
    if (!seen.has(css)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = css;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      seen.set(css, [r, g, b, a / 255]);
    }
    return seen.get(css);
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((one, i) => one * a + below[i] * (1 - a));
  const linear = (one) => ((one /= 255) <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const ratio = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  // from the page to the element
  const path = (element) => {
    const found = [];
    for (let at = element; at; at = at.parentElement) found.unshift(at);
    return found;
  };
  // whether a ground lies below a text, and not beside it like the handle of a slider
  const holds = (element, [x, y]) => {
    const box = element.getBoundingClientRect();
    return box.width > 60 || (box.left <= x && x <= box.right && box.top <= y && y <= box.bottom);
  };
  const shownOn = (element, middle) => {
    let ground = [255, 255, 255];
    let opacity = 1;
    for (const at of path(element)) {
      const style = getComputedStyle(at);
      opacity *= Number(style.opacity);
      const [r, g, b, a] = channels(style.backgroundColor);
      if (a && holds(at, middle)) ground = over([r, g, b, a * opacity], ground);
    }
    return { ground, opacity };
  };
  const boxBelow = (element) => {
    const box = element.closest("g.annotation, g.hovertext")?.querySelector("rect.bg, path");
    if (!box) return null;
    const style = getComputedStyle(box);
    const [r, g, b, a] = channels(style.fill);
    return [r, g, b, a * Number(style.fillOpacity) * Number(style.opacity)];
  };
  // inactive controls need no contrast; numbers on Plotly's markers have their ground in another group
  const unread = "script, style, noscript, [aria-hidden='true'], :disabled, label:has(:disabled), .textpoint";
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (!text || element.closest(unread)) continue;
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    const { left, top, width, height } = element.getBoundingClientRect();
    if (width < 2 || height < 2) continue;
    const style = getComputedStyle(element);
    let { ground, opacity } = shownOn(element, [left + width / 2, top + height / 2]);
    const inSvg = element.namespaceURI === "http://www.w3.org/2000/svg";
    const box = inSvg && boxBelow(element);
    const forItsCell = inSvg && !box?.[3] && /^rgb\((0, 0, 0|255, 255, 255)\)$/.test(style.fill);
    if (forItsCell && element.closest(".annotation")) continue; // black or white on a heatmap
    if (box) ground = over(box, ground);
    const [r, g, b, a] = channels(inSvg ? style.fill : style.color);
    if (inSvg) opacity *= Number(style.fillOpacity);
    if (a * opacity === 0) continue;
    const ink = over([r, g, b, a * opacity], ground);
    const found = ratio(ink, ground);
    if (found < limit - 0.005) low.push([found.toFixed(2), style[inSvg ? "fill" : "color"], `rgb(${ground.map(Math.round)})`, opacity.toFixed(2), text.slice(0, 60), element.tagName + "." + (element.className.baseVal ?? element.className), element.closest("[data-testid]")?.dataset.testid ?? ""]);
  }
  return low;
}
