"use strict";
// Figures as the pages of the site show them: signs, states, bars. Digits are printed as they come.
(() => {
  const { made, words } = csi;
  const at = (value, [low, high], width) => width * Math.min(1, Math.max(0, (Number(value) - low) / (high - low)));

  // The upper half of the scale, longer downwards by tenths where a figure is lower.
  csi.axis = (points, figures) => {
    let low = points / 2;
    const lowest = Math.min(points, ...figures.filter((one) => one[1] !== null).map((one) => Number(one[1])));
    while (low > 0 && lowest < low) low -= points / 10;
    return [low, points];
  };

  csi.signed = (digits) => (Number(digits) > 0 ? `+${digits}` : String(digits).replace("-0.0", "0.0").replace("-", "−"));

  csi.state = (flag) => (words.states[flag] ? made("span", { class: `state ${flag}` }, words.states[flag]) : "");

  csi.figure = ([estimate, low, high, , flag]) => {
    const box = made("span");
    if (estimate === null) box.append(csi.state(flag));
    else box.append(made("b", { class: `value ${flag}` }, estimate), " ", made("small", {}, `${low}–${high}`));
    return box;
  };

  csi.change = (difference, verdict, named) => {
    if (difference === null) return made("span", { class: "no" }, "—");
    const mark = { better: "▲", worse: "▼" }[verdict] || (Number(difference) > 0 ? "△" : Number(difference) < 0 ? "▽" : "");
    const box = made("span", {}, made("span", { class: `d ${verdict}` }, `${mark} ${csi.signed(difference)}`.trim()));
    if (named[verdict]) box.append(" ", made("small", {}, named[verdict]));
    return box;
  };

  csi.dot = (x, y, flag, r = 4) => {
    if (flag === "partial") return made("svg:rect", { class: "dot hollow", x: x - r * 0.9, y: y - r * 0.9, width: r * 1.8, height: r * 1.8 });
    return made("svg:circle", { class: flag === "caution" ? "dot hollow" : "dot", cx: x, cy: y, r });
  };

  csi.bar = ([estimate, low, high, , flag], network, axis, width = 160) => {
    const bar = made("svg:svg", { class: "bullet", viewBox: `-6 0 ${width + 12} 18`, "aria-hidden": "true" });
    bar.append(made("svg:rect", { class: "rule", x: 0, y: 8.5, width, height: 1 }));
    if (low !== null) {
      const from = at(low, axis, width);
      bar.append(made("svg:rect", { class: flag === "caution" ? "band hollow" : "band", x: from, y: 4, width: at(high, axis, width) - from, height: 10 }));
    }
    if (network !== null) bar.append(made("svg:rect", { class: "tall", x: at(network, axis, width) - 0.9, y: 1, width: 1.8, height: 16 }));
    if (estimate !== null) bar.append(csi.dot(at(estimate, axis, width), 9, flag));
    return bar;
  };

  // How far from a reference, as a tint: 1, 2.5 and 5 per cent of the scale.
  csi.heat = (value, reference, points) => {
    if (value === null || reference === null) return 0;
    const tenths = Math.round(Number(value) * 10) - Math.round(Number(reference) * 10);
    const level = [1, 2.5, 5].filter((bound) => Math.abs(tenths) * 10 >= bound * points).length;
    return tenths > 0 ? level : -level;
  };

  csi.range = ([, low, high]) => (low === high ? String(low) : `${low}–${high}`);
  csi.fold = (text) => text.normalize("NFKC").toLowerCase();
})();
