"use strict";
// Two to four branches side by side. Which ones stands in the address behind the #. Each branch's figures are a script
// of their own, loaded when it is chosen: from disk a page may load scripts, and nothing else.
(() => {
  const { made, words, filled, language, fold } = csi;
  const at = language === "zh" ? 0 : 1;
  const form = document.querySelector(".filter");
  const said = document.querySelector(".said");
  const loaded = new Map();
  let league = null;
  let rows = new Map();
  let chosen = [];

  csi.branch = (one) => { loaded.set(one.id, one.blocks[league.instrument]); };

  const name = (id) => rows.get(id)[1][at];
  const load = (id) => new Promise((done, failed) => {
    if (loaded.has(id)) { done(); return; }
    const script = made("script", { src: `${words.data}branch/${encodeURIComponent(id)}.js` });
    script.addEventListener("load", done);
    script.addEventListener("error", () => failed(id));
    document.head.append(script);
  });

  // ── the table ──

  function lines() {
    const blocks = chosen.map((id) => loaded.get(id));
    const axis = csi.axis(league.points, [league.network, ...blocks.map((one) => one.figure)]);
    const line = (label, cell) => made("tr", {}, made("th", { scope: "row" }, label), ...blocks.map((one) => made("td", {}, cell(one))));
    const change = (against, named) => line(words.rows[against], ({ against: { [against]: [difference, low, high, verdict, q] } }) => {
      const box = csi.change(difference, verdict, named);
      const sure = q === null ? "" : ` · q ${q}`;
      if (difference !== null) box.append(made("br"), made("small", {}, filled(words.range, { low: csi.signed(low), high: csi.signed(high) }) + sure));
      return box;
    });
    return [
      line(words.rows.index, (one) => csi.figure(one.figure)),
      line("", (one) => csi.bar(one.figure, league.network[0], axis, 200)),
      ...(blocks.some((one) => one.figure[0] !== null && one.figure[4] !== "ok") ? [line(words.rows.state, (one) => (one.figure[0] === null ? "" : csi.state(one.figure[4])))] : []),
      line(words.rows.n, (one) => String(one.figure[3])),
      line(words.rows.rate, (one) => (one.rate === null ? "—" : `${one.rate}%`)),
      line(words.rows.rank, (one) => (one.rank[0] === null ? words.not_ranked : made("span", {}, made("b", {}, one.rank[0]), " ", made("small", {}, `${csi.range(one.rank)} / ${one.rank[3]}`)))),
      change("last_month", words.verdicts), change("last_year", words.verdicts), change("region", words.gaps), change("network", words.gaps), change("peers", words.gaps), change("target", words.gaps),
      made("tr", { class: "group" }, made("th", { scope: "row", colspan: blocks.length + 1 }, words.rows.factors)),
      ...league.factors.map((factor, place) => {
        const reference = league.networkFactors[place][0];
        const cells = blocks.map(({ factors: { [place]: one } }) => made("td", { class: `h h${csi.heat(one[0], reference, league.points)}` }, csi.figure(one), " ", one[0] === null ? "" : csi.state(one[4])));
        return made("tr", {}, made("th", { scope: "row" }, factor[language]), ...cells);
      }),
    ];
  }

  function head() {
    const cells = chosen.map((id, place) => {
      const link = made("a", { href: `${words.root}branch/${encodeURIComponent(id)}.html` }, name(id));
      return made("th", { scope: "col", class: `c${place}` }, link, made("small", {}, `${id} · ${league.regions[rows.get(id)[2]][language]}`));
    });
    return made("tr", {}, made("td", {}), ...cells);
  }

  // ── the chart ──

  function chart() {
    const trends = chosen.map((id) => loaded.get(id).trend);
    const periods = [...new Set(trends.flat().map((one) => one[0]))].sort();
    const values = trends.flat().filter((one) => one[1] !== null).map((one) => Number(one[1]));
    if (!values.length) return made("p", { class: "empty" }, words.states.none);
    const step = league.points / 20;
    const low = Math.floor(Math.min(...values) / step) * step;
    const high = Math.max(Math.ceil(Math.max(...values) / step) * step, low + step);
    const [left, top, width, height] = [44, 14, 820, 230];
    const pitch = width / periods.length;
    const x = (period) => left + (periods.indexOf(period) + 0.5) * pitch;
    const y = (value) => top + height - (height * (Number(value) - low)) / (high - low);
    const svg = made("svg:svg", { class: "beside-trend", viewBox: `0 0 ${left + width + 90} ${top + height + 30}`, role: "img", "aria-label": words.chart });
    for (let tick = low; tick <= high; tick += step) {
      svg.append(made("svg:rect", { class: "hair", x: left, y: y(tick) - 0.5, width, height: 1 }), made("svg:text", { class: "end", x: left - 7, y: y(tick) + 4.5 }, String(tick)));
    }
    for (const period of periods) svg.append(made("svg:text", { class: "mid", x: x(period), y: top + height + 20 }, language === "zh" ? `${Number(period.slice(5))}月` : csi.monthName(period).slice(0, 3)));
    const ends = trends.map((trend, place) => ({ place, last: trend.filter((one) => one[1] !== null).at(-1) })).filter((one) => one.last);
    ends.sort((a, b) => y(a.last[1]) - y(b.last[1]));
    ends.forEach((one, i) => { one.y = Math.max(y(one.last[1]) + 4.5, i ? ends[i - 1].y + 16 : 0); });
    trends.forEach((trend, place) => {
      let path = "";
      trend.forEach((one, i) => { if (one[1] !== null) path += `${path && i && trend[i - 1][1] !== null ? "L" : "M"}${x(one[0]).toFixed(1)} ${y(one[1]).toFixed(1)}`; });
      svg.append(made("svg:path", { class: `line s${place}`, d: path }));
      for (const one of trend) if (one[1] !== null) svg.append(point(place, x(one[0]), y(one[1]), one[5] !== "ok"));
    });
    for (const { place, last, y: height } of ends) svg.append(made("svg:text", { class: `label s${place}`, x: x(last[0]) + 10, y: height }, chosen[place]));
    return svg;
  }

  // Each branch has a shape of its own beside its colour and dashes.
  function point(place, x, y, hollow) {
    const shapes = ["M-4 0A4 4 0 1 0 4 0A4 4 0 1 0 -4 0Z", "M-4 -4H4V4H-4Z", "M0 -5L5 4H-5Z", "M0 -5.5L5.5 0L0 5.5L-5.5 0Z"];
    return made("svg:path", { class: `point s${place}${hollow ? " hollow" : ""}`, d: shapes[place], transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` });
  }

  // ── what is on view ──

  function show() {
    const chips = chosen.map((id) => {
      const button = made("button", { type: "button", "data-id": id, "aria-label": filled(words.remove, { name: name(id) }) }, "×");
      return made("li", {}, `${name(id)} ${id}`, button);
    });
    document.querySelector(".chosen").replaceChildren(...chips);
    const some = chosen.length > 0;
    document.getElementById("beside").hidden = !some;
    document.getElementById("over-time").hidden = !some;
    if (!some) return;
    document.querySelector(".beside").replaceChildren(made("thead", {}, head()), made("tbody", {}, ...lines()));
    document.querySelector("#over-time figure").replaceChildren(chart());
  }

  async function choose(ids) {
    const wanted = [...new Set(ids)].filter((id) => rows.has(id)).slice(0, 4);
    const missing = new Set();
    await Promise.all(wanted.map((id) => load(id).catch(() => missing.add(id))));
    chosen = wanted.filter((id) => !missing.has(id));
    said.textContent = missing.size ? filled(words.absent, { name: [...missing].join(", ") }) : "";
    history.replaceState(null, "", chosen.length ? `#with=${chosen.join(",")}` : "#");
    show();
  }

  const wanted = () => (new URLSearchParams(location.hash.slice(1)).get("with") || "").split(",").filter(Boolean);

  // The branch whose code or name this is, else the only one in which it stands.
  function meant(text) {
    const asked = fold(text.trim());
    if (!asked) return null;
    const all = [...rows.values()];
    const whole = all.find(([id, both]) => [id, ...both, ...both.map((one) => `${id} ${one}`)].some((one) => fold(one) === asked));
    if (whole) return whole[0];
    const some = all.filter(([id, both]) => fold(`${id} ${both.join(" ")}`).includes(asked));
    return some.length === 1 ? some[0][0] : null;
  }

  csi.league = (found) => {
    league = found;
    rows = new Map(found.rows.map((one) => [one[0], one]));
    const options = found.rows.map(([id, both]) => made("option", { value: `${id} ${both[at]}`, label: both[1 - at] }));
    document.getElementById("branches").replaceChildren(...options);
    form.hidden = false;
    choose(wanted());
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const id = meant(form.branch.value);
    if (chosen.length >= 4) said.textContent = words.full;
    else if (id === null) said.textContent = filled(words.unknown, { text: form.branch.value.trim() });
    else { choose([...chosen, id]); form.branch.value = ""; }
    form.branch.focus();
  });
  document.querySelector(".chosen").addEventListener("click", (event) => {
    const id = event.target.dataset.id;
    if (!id) return;
    choose(chosen.filter((one) => one !== id));
    form.branch.focus();
  });
  window.addEventListener("hashchange", () => { if (league) choose(wanted()); });
})();
