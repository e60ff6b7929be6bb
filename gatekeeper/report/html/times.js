// How long base and head took: every attempt as a dot, and what share was done by then.

const milliseconds = (ms) => ms >= 1000 ? `${Number((ms / 1000).toPrecision(3))}\u00a0s`
  : `${Number(ms.toPrecision(3))}\u00a0ms`;

// Ends, ticks and places of an axis; logarithmic where the times lie far apart.
function axis(values, from, to) {
  let least = Math.min(...values), most = Math.max(...values);
  const wide = least > 0 && most / least > 30;
  if (!wide) least = 0;
  most = most > least ? most : least + 1;
  const scale = wide ? Math.log10 : (one) => one;
  const low = scale(least), span = scale(most * 1.02) - low;
  const place = (one) => from + (to - from) * (scale(Math.max(one, least)) - low) / span;
  return { place, ticks: wide ? decades(least, most) : steps(most), wide };
}

function steps(most) {
  const size = 10 ** Math.floor(Math.log10(most / 3));
  const step = [1, 2, 5, 10].map((times) => times * size).find((one) => most / one <= 5);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, at) => at * step);
}

function decades(least, most) {
  const found = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.log10(most); power++)
    for (const times of [1, 2, 5]) {
      const tick = times * 10 ** power;
      if (tick >= least && tick <= most) found.push(tick);
    }
  return found.length > 7 ? found.filter((tick) => Number.isInteger(Math.log10(tick))) : found;
}

// A dot's height in its strip: spread evenly, and the same each time.
function spread(at) {
  let place = 0, part = 0.5;
  for (let left = at + 1; left; left >>= 1, part /= 2) place += (left & 1) * part;
  return place;
}

function strip(side, points, top, height, { place }) {
  return svg("g", { class: `dots ${side}` }, points.map((ms, at) =>
    svg(side === "base" ? "rect" : "circle", side === "base"
      ? { x: place(ms) - 2, y: top + 3 + spread(at) * (height - 6) - 2, width: 4, height: 4 }
      : { cx: place(ms), cy: top + 3 + spread(at) * (height - 6), r: 2.4 })));
}

function shares(side, points, top, height, { place }) {
  let path = `M${place(points[0]).toFixed(1)},${top + height}`;
  points.forEach((ms, at) => {
    path += `V${(top + height * (1 - at / points.length)).toFixed(1)}H${place(ms).toFixed(1)}`;
  });
  return svg("path", { class: `share ${side}`, d: `${path}V${top}` });
}

function chart(found, width) {
  const left = 46, right = width - 12, stripHeight = 44, shareTop = 132, shareHeight = 130;
  const bottom = shareTop + shareHeight;
  const sides = ["base", "head"].filter((side) => found[side].points.length);
  const all = sides.flatMap((side) => found[side].points);
  if (found.target && found.target < 20 * Math.max(...all)) all.push(found.target);
  const x = axis(all, left, right);
  const text = (words, where, name) => svg("text", { ...where, class: name }, words);
  const drawing = svg("svg", {
    class: "chart", width, height: bottom + 30, viewBox: `0 0 ${width} ${bottom + 30}`, role: "img",
    "aria-label": `Time ${found.words} as dots and as cumulative shares; the table below has the numbers`,
  });
  const add = (...nodes) => drawing.append(...nodes);
  for (const tick of x.ticks) {
    add(svg("line", { class: "grid", x1: x.place(tick), x2: x.place(tick), y1: 8, y2: bottom }));
    add(text(tick ? milliseconds(tick) : "0", { x: x.place(tick), y: bottom + 18, "text-anchor": "middle" }));
  }
  for (const share of [0, 50, 100]) {
    const y = shareTop + shareHeight * (1 - share / 100);
    add(svg("line", { class: "grid", x1: left, x2: right, y1: y, y2: y }));
    add(text(`${share}%`, { x: left - 8, y: y + 4, "text-anchor": "end" }));
  }
  sides.forEach((side, at) => {
    const top = 8 + at * (stripHeight + 12);
    add(text(side, { x: left - 8, y: top + stripHeight / 2 + 4, "text-anchor": "end" }, `name ${side}`));
    add(svg("line", { class: "grid", x1: left, x2: right, y1: top + stripHeight + 4, y2: top + stripHeight + 4 }));
    add(strip(side, found[side].points, top, stripHeight, x));
    add(shares(side, found[side].points, shareTop, shareHeight, x));
  });
  if (all.includes(found.target)) {
    const at = x.place(found.target), late = at > (left + right) / 2;
    add(svg("line", { class: "target", x1: at, x2: at, y1: 4, y2: bottom }));
    add(text(`target ${milliseconds(found.target)}`, { x: at + (late ? -5 : 5), y: shareTop + 14,
      "text-anchor": late ? "end" : "start" }, "target"));
  }
  return drawing;
}

function numbers(found) {
  const sides = ["base", "head"].filter((side) => found[side].count);
  const cell = (side, percentile) => {
    const [, needed, ms] = percentile;
    return ms === null ? el("span", { class: "quiet-text" }, `needs ${needed}`) : milliseconds(ms);
  };
  return table(`Time ${found.words}`,
    ["side", "attempts", "fastest", "p50", "p90", "p95", "p99", "slowest"],
    sides.map((side) => {
      const one = found[side];
      return [el("span", { class: `name ${side}` }, side), String(one.count), milliseconds(one.least),
        ...one.percentiles.map((found) => cell(side, found)), milliseconds(one.most)];
    }), "numbers");
}

function showTimes(section, distributions) {
  for (const found of distributions) {
    const figure = el("figure", {}, el("figcaption", {}, `Time ${found.words} `,
      el("span", { class: "key base" }, "base: squares, dashed"), " ",
      el("span", { class: "key head" }, "head: dots, solid")));
    const place = el("div", { class: "drawing" });
    figure.append(place, numbers(found));
    const drawn = Math.max(found.head.points.length, found.base.points.length);
    if (drawn < Math.max(found.head.count, found.base.count))
      figure.append(el("p", { class: "note" }, `Of each side ${drawn.toLocaleString("en")} attempts ` +
        "are drawn, at even distances of rank; the numbers are of all."));
    section.append(figure);
    let width = 0;
    new ResizeObserver(() => {
      const now = Math.floor(place.clientWidth);
      if (now === width || now < 100) return;
      width = now;
      place.replaceChildren(chart(found, Math.min(now, 900)));
    }).observe(place);
  }
  section.append(el("p", { class: "note" }, "Measured next to the socket, of attempts that were answered " +
    "and of cases that both sides have. Compare the sides with each other: on a shared machine both are " +
    "slowed alike."));
}
