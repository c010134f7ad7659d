"use strict";
// The league table and the branches by factors: searched, filtered and sorted. What is on view stands in the address
// behind the #, so that it can be sent, and is there again on the way back.
(() => {
  const { made, words, filled, language, fold } = csi;
  const table = document.getElementById("table");
  const form = document.querySelector(".filter");
  const tray = document.querySelector(".tray");
  const names = [...table.querySelectorAll("thead th")].map((one) => one.dataset.name);
  const labels = Object.fromEntries([...table.querySelectorAll("thead th")].map((one) => [one.dataset.name, one.textContent.trim()]));
  const at = language === "zh" ? 0 : 1;
  const order = ["ok", "partial", "caution", "withheld", "none"];
  const picked = new Set();
  let shown = null;

  const number = (text) => (text === null ? null : Number(text));
  const last = (sign) => (a, b) => (a === null ? (b === null ? 0 : 1) : b === null ? -1 : sign * (a - b));
  DataTable.type("figure", "order", { asc: last(1), desc: last(-1) });

  // ── rows and columns ──

  function row(league, [id, both, region, divisions, rank, figure, changes, factors], collated) {
    const words = [id, ...both, ...Object.values(league.regions[region]), ...divisions.flatMap((one) => Object.values(league.divisions[one]))];
    return { id, both, region, divisions, rank, figure, changes, factors, collated, text: fold(words.join("\n")), place: { region: league.regions[region][language] } };
  }

  function columns(league, axis) {
    const change = (place, named) => ({ type: "figure", sort: (one) => number(one.changes[place][0]), show: (one) => csi.change(...one.changes[place], named) });
    const known = {
      pick: { show: pick },
      rank: { type: "figure", sort: (one) => one.rank[0], show: (one) => (one.rank[0] === null ? made("span", { class: "no" }, "—") : made("span", {}, made("b", {}, one.rank[0]), " ", made("small", {}, csi.range(one.rank)))) },
      branch: { type: "num", sort: (one) => one.collated, show: branch },
      index: { type: "figure", sort: (one) => number(one.figure[0]), show: (one) => csi.figure(one.figure[0] === null ? [null, null, null, 0, "none-shown"] : one.figure) },
      bar: { show: (one) => csi.bar(one.figure, league.network[0], axis) },
      n: { type: "num", sort: (one) => one.figure[3], show: (one) => String(one.figure[3]) },
      state: { type: "num", sort: (one) => order.indexOf(one.figure[4]), show: (one) => csi.state(one.figure[4]) || made("span") },
      month: change(0, words.verdicts),
      year: change(1, words.verdicts),
      gap: change(2, words.gaps),
    };
    if (csi.kind === "factors") known.index.show = (one) => (one.figure[0] === null ? csi.state(one.figure[4]) : made("span", {}, one.figure[0]));
    league.factors.forEach((_, place) => {
      known[`factor-${place}`] = { type: "figure", sort: (one) => number(one.factors[place]), show: (one) => (one.factors[place] === null ? made("span", { class: "no" }, "—") : made("span", {}, one.factors[place])) };
    });
    return names.map((name) => {
      const { type, sort, show } = known[name];
      return {
        name, type, data: null, orderable: Boolean(sort), searchable: false, orderSequence: ["pick", "rank", "branch"].includes(name) ? ["asc", "desc"] : ["desc", "asc"],
        render: (_, kind, one) => (kind === "display" ? show(one) : sort ? sort(one) : ""),
        createdCell: (cell, _, one) => dressed(cell, name, one, league),
      };
    });
  }

  function dressed(cell, name, one, league) {
    cell.setAttribute("role", "cell");
    cell.dataset.label = labels[name];
    if (["rank", "index", "n", "month", "year", "gap"].includes(name)) cell.classList.add("n");
    cell.classList.add({ n: "count", state: "flagged" }[name] || name);
    if (!name.startsWith("factor-")) return;
    const place = Number(name.slice(7));
    cell.className = `h h${csi.heat(one.factors[place], league.networkFactors[place][0], league.points)}`;
  }

  function branch(one) {
    const link = made("a", { class: "name", href: `${words.root}branch/${encodeURIComponent(one.id)}.html` }, one.both[at]);
    return made("span", {}, link, " ", made("small", {}, `${one.id} · ${one.place.region}`));
  }

  function pick(one) {
    const box = made("input", { type: "checkbox", value: one.id, "aria-label": filled(words.pick, { name: one.both[at] }) });
    box.checked = picked.has(one.id);
    box.disabled = !box.checked && picked.size >= 4;
    return box;
  }

  // ── the address ──

  const read = () => {
    const hash = new URLSearchParams(location.hash.slice(1));
    return Object.fromEntries(["q", "region", "division", "state", "change", "sort", "down", "page", "with"].map((name) => [name, hash.get(name) || ""]));
  };

  function write() {
    const [[column, direction] = []] = shown.order();
    const wanted = { ...criteria(), page: shown.page() ? String(shown.page() + 1) : "", with: [...picked].join(",") };
    if (column !== undefined && !(names[column] === home() && direction === "asc")) Object.assign(wanted, { sort: names[column], down: direction === "desc" ? "1" : "" });
    const hash = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value));
    history.replaceState(null, "", `#${hash}`);
  }

  const home = () => (names.includes("rank") ? "rank" : "branch");
  const fields = () => [...form.elements].filter((one) => one.name && one.type !== "button");
  const criteria = () => Object.fromEntries(fields().map((one) => [one.name, one.value.trim()]));

  function fits(one) {
    const { q, region, division, state, change } = criteria();
    const [, , , , flag] = one.figure;
    return fold(q).split(/\s+/).every((term) => one.text.includes(term))
      && (!region || one.region === region)
      && (!division || one.divisions.includes(division))
      && (!state || (state === "ranked" ? one.rank[0] !== null : flag === state))
      && (!change || one.changes[0][1] === change);
  }

  // ── what is on view ──

  function restore() {
    const wanted = read();
    for (const one of fields()) one.value = wanted[one.name];
    picked.clear();
    for (const id of wanted.with.split(",").filter(Boolean).slice(0, 4)) picked.add(id);
    const column = names.indexOf(wanted.sort);
    shown.order([[column < 0 ? names.indexOf(home()) : column, column >= 0 && wanted.down ? "desc" : "asc"]]);
    shown.rows().invalidate();
    shown.draw();
    const page = Number.parseInt(wanted.page, 10) - 1;
    if (page > 0 && page < shown.page.info().pages) shown.page(page).draw("page");
    choose();
  }

  function choose() {
    if (!tray) return;
    tray.hidden = picked.size === 0;
    tray.querySelector(".picked").textContent = filled(words.picked, { count: picked.size });
    const link = tray.querySelector("a");
    link.hash = `with=${[...picked].join(",")}`;
    for (const box of table.querySelectorAll("input[type=checkbox]")) {
      box.checked = picked.has(box.value);
      box.disabled = !box.checked && picked.size >= 4;
    }
  }

  csi.league = (league) => {
    const figures = league.rows.map((one) => one[5]);
    const axis = csi.axis(league.points, [league.network, ...figures]);
    const { compare } = new Intl.Collator(language === "zh" ? "zh-CN" : "en", { numeric: true });
    const sorted = [...league.rows].sort((a, b) => compare(a[1][at], b[1][at]) || compare(a[0], b[0]));
    const collated = new Map(sorted.map((one, place) => [one[0], place]));
    const rows = league.rows.map((one) => row(league, one, collated.get(one[0])));
    rows.sort((a, b) => order.indexOf(a.figure[4]) - order.indexOf(b.figure[4]) || (a.id < b.id ? -1 : 1));
    form.hidden = false;
    table.hidden = false;
    shown = new DataTable(table, {
      data: rows, columns: columns(league, axis), rowId: (one) => `row-${one.id}`,
      autoWidth: false, deferRender: true, pageLength: 50, order: [[names.indexOf(home()), "asc"]], orderMulti: false,
      layout: { topStart: "info", topEnd: null, bottomStart: null, bottomEnd: { paging: { firstLast: false } } },
      createdRow: (tr) => tr.setAttribute("role", "row"),
      infoCallback: (settings, start, end, max, total) => filled(words.shown, { shown: total, all: max }),
      drawCallback() {
        const pages = this.api().page.info().pages;
        this.api().table().container().querySelector(".dt-paging")?.classList.toggle("single", pages < 2);
      },
      language: {
        emptyTable: words.none, zeroRecords: words.none,
        paginate: { next: words.next, previous: words.back },
        aria: { orderable: words.sort, orderableReverse: words.sort_back, paginate: { next: words.next, previous: words.back } },
      },
    });
    shown.search.fixed("form", (_, one) => fits(one));
    restore();
    shown.on("draw", write);
  };

  // ── what a person does ──

  let soon;
  const apply = () => { clearTimeout(soon); shown?.draw(); };
  form.addEventListener("submit", (event) => { event.preventDefault(); apply(); });
  form.addEventListener("change", apply);
  form.q.addEventListener("compositionend", apply);
  form.q.addEventListener("input", (event) => {
    clearTimeout(soon);
    if (!event.isComposing) soon = setTimeout(apply, 100);  // not while Chinese is being put together
  });
  form.clear.addEventListener("click", () => { for (const one of fields()) one.value = ""; apply(); form.q.focus(); });
  table.addEventListener("change", ({ target }) => {
    if (target.type !== "checkbox") return;
    if (target.checked) picked.add(target.value); else picked.delete(target.value);
    choose();
    write();
  });
  tray?.querySelector("button").addEventListener("click", () => { picked.clear(); choose(); write(); });
  window.addEventListener("hashchange", () => { if (shown) restore(); });
  window.addEventListener("beforeprint", () => shown?.page.len(-1).draw(false));
  window.addEventListener("afterprint", () => shown?.page.len(50).draw(false));
})();
