"use strict";
// The long tables of the page: shown a page at a time, sorted, searched, filtered, in two
// languages. What is on view stands in the address behind the #, and nowhere else.
(() => {
  const tables = JSON.parse(document.getElementById("data").textContent);
  const bodies = [...document.querySelectorAll("main")];
  const opening = bodies[0].dataset.language;
  const grouped = new Intl.NumberFormat("en");
  const fold = (text) => text.normalize("NFKC").toLowerCase();
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  class Column {
    constructor(raw) {
      Object.assign(this, raw);
      this.folded = {};
      this.places = {};
    }

    get height() { return (this.numbers || this.codes).length; }

    // The distinct texts in a language; those of a fix are put together when first asked for.
    listed(language) {
      if (this.templates) {
        const write = (one) => this.known[one].map((known, i) => this.templates[one][this.of[i]].split("{known}").join(known));
        this.texts = Object.fromEntries(Object.keys(this.templates).map((one) => [one, write(one)]));
        this.templates = null;
      }
      return Array.isArray(this.texts) ? this.texts : this.texts[language];
    }

    text(row, language) {
      if (!this.numbers) return this.listed(language)[this.codes[row]];
      const number = this.numbers[row];
      return number === null ? "" : this.plain ? String(number) : grouped.format(number);
    }

    // Per row where it stands in the order of a language.
    ranks(language) {
      if (this.numbers) return (row) => this.numbers[row];
      if (!this.places[language]) {
        const texts = this.listed(language);
        const order = texts.map((_, code) => code);
        const { compare } = new Intl.Collator(language === "zh" ? "zh-CN" : "en", { numeric: true });
        order.sort((a, b) => compare(texts[a], texts[b]));
        const places = this.places[language] = new Uint32Array(texts.length);
        order.forEach((code, place) => { places[code] = place; });
      }
      const places = this.places[language];
      return (row) => places[this.codes[row]];
    }

    // Per row whether its text holds a folded term, in either language.
    finder(term) {
      if (this.numbers) return (row) => String(this.numbers[row]) === term;
      const hits = new Uint8Array(this.listed(opening).length);
      for (const { dataset: { language } } of bodies) {
        const folded = this.folded[language] ||= this.listed(language).map(fold);
        for (let code = 0; code < hits.length; code += 1) if (folded[code].includes(term)) hits[code] = 1;
      }
      return (row) => hits[this.codes[row]] === 1;
    }
  }

  class Table {
    constructor(name, columns) {
      this.name = name;
      this.columns = Object.fromEntries(Object.entries(columns).map(([key, raw]) => [key, new Column(raw)]));
      this.height = Object.values(this.columns)[0].height;
      this.size = name === "quarantine" ? 50 : 20;
      this.state = {};
    }

    // The rows in their order, as far as they fit; counts of rows per choice of the two filters.
    select(language) {
      const { q = "", file = "", reason = "", sort, down } = this.state;
      const { row_id: id } = this.columns;
      const rows = [];
      const counts = { file: new Map(), reason: new Map(), shown: 0, all: 0 };
      if (id) {
        const searched = ["file", "row", "column", "value", "reason", "fix"].map((key) => this.columns[key]);
        const terms = fold(q).split(/\s+/).filter(Boolean).map((term) => searched.map((column) => column.finder(term)));
        const { file: files, reason: reasons } = this.columns;
        const wanted = { file: files.texts.indexOf(file), reason: reasons.ids.indexOf(reason) };
        const last = { file: new Map(), reason: new Map(), shown: -1 };
        const count = (kind, code, row) => {
          if (last[kind].get(code) === id.numbers[row]) return;
          last[kind].set(code, id.numbers[row]);
          counts[kind].set(code, (counts[kind].get(code) || 0) + 1);
        };
        for (let row = 0; row < this.height; row += 1) {
          if (!terms.every((finders) => finders.some((holds) => holds(row)))) continue;
          const fits = {
            file: wanted.file < 0 || files.codes[row] === wanted.file,
            reason: wanted.reason < 0 || reasons.codes[row] === wanted.reason,
          };
          if (fits.reason) count("file", files.codes[row], row);
          if (fits.file) count("reason", reasons.codes[row], row);
          if (!fits.file || !fits.reason) continue;
          rows.push(row);
          if (last.shown !== id.numbers[row]) counts.shown += 1;
          last.shown = id.numbers[row];
        }
        counts.all = this.height ? id.numbers[this.height - 1] + 1 : 0;
      } else {
        for (let row = 0; row < this.height; row += 1) rows.push(row);
      }
      if (this.columns[sort]) {
        const rank = this.columns[sort].ranks(language);
        rows.sort(down ? (a, b) => rank(b) - rank(a) : (a, b) => rank(a) - rank(b));
      }
      return { rows, counts };
    }
  }

  const held = Object.fromEntries(Object.entries(tables).map(([name, columns]) => [name, new Table(name, columns)]));
  const quarantine = held.quarantine;
  let language = opening;

  // ── the address ──

  function read() {
    const hash = new URLSearchParams(location.hash.slice(1));
    language = bodies.some((body) => body.dataset.language === hash.get("lang")) ? hash.get("lang") : opening;
    quarantine.state = {
      q: hash.get("q") || "",
      file: hash.get("file") || "",
      reason: hash.get("reason") || "",
      sort: hash.get("sort") || "",
      down: hash.get("down") === "1",
      page: Math.max(1, Number.parseInt(hash.get("page"), 10) || 1),
    };
  }

  function write() {
    const { q, file, reason, sort, down, page } = quarantine.state;
    const hash = new URLSearchParams({ lang: language });
    for (const [name, value] of Object.entries({ q, file, reason, sort })) if (value) hash.set(name, value);
    if (sort && down) hash.set("down", "1");
    if (page > 1) hash.set("page", String(page));
    history.replaceState(null, "", `#${hash}`);
  }

  // ── drawing ──

  function draw(section, table) {
    const long = section.querySelector("table:has([data-column])");
    if (!long) return;
    const { rows, counts } = table.select(language);
    const pages = Math.max(1, Math.ceil(rows.length / table.size));
    table.state.page = Math.min(table.state.page || 1, pages);
    const first = (table.state.page - 1) * table.size;
    const heads = [...long.querySelectorAll("th[data-column]")];
    const lines = rows.slice(first, first + table.size).map((row) => line(table, heads, row, long));
    if (!lines.length) lines.push(empty(heads.length, long.dataset.none));
    long.tBodies[0].replaceChildren(...lines);
    for (const head of heads) {
      const sorted = head.dataset.column === table.state.sort;
      head.setAttribute("aria-sort", !sorted ? "none" : table.state.down ? "descending" : "ascending");
    }
    const pager = section.querySelector(".pager");
    pager.hidden = pages < 2;
    const where = pager.querySelector(".where");
    where.textContent = filled(where.dataset.text, { page: grouped.format(table.state.page), pages: grouped.format(pages) });
    for (const button of pager.querySelectorAll("button")) {
      const back = ["first", "back"].includes(button.dataset.go);
      button.disabled = back ? table.state.page === 1 : table.state.page === pages;
    }
    if (table === quarantine) filters(section, table, rows, counts);
  }

  function line(table, heads, row, long) {
    const tr = document.createElement("tr");
    tr.setAttribute("role", "row");
    for (const head of heads) {
      const cell = tr.insertCell();
      const text = document.createElement("bdi");
      cell.setAttribute("role", "cell");
      cell.className = head.className;
      cell.dataset.label = head.textContent.trim();
      text.textContent = table.columns[head.dataset.column].text(row, language) || "—";
      cell.append(text);
      if (head.dataset.column === "reason" && table.columns.waived?.numbers[row]) {
        const mark = document.createElement("span");
        mark.className = "mark";
        mark.textContent = long.dataset.waived;
        cell.append(" ", mark);
      }
    }
    return tr;
  }

  function empty(width, text) {
    const tr = document.createElement("tr");
    const cell = tr.insertCell();
    tr.setAttribute("role", "row");
    cell.setAttribute("role", "cell");
    cell.colSpan = width;
    cell.className = "none";
    cell.textContent = text;
    return tr;
  }

  function filters(section, table, rows, counts) {
    const form = section.querySelector("form");
    const { q, file, reason } = table.state;
    if (form.q.value !== q) form.q.value = q;
    const { file: files, reason: reasons } = table.columns;
    choices(form.file, files.texts, files.texts, counts.file, file);
    choices(form.reason, reasons.ids, reasons.listed(language), counts.reason, reason);
    const shown = section.querySelector(".shown");
    const say = (text, part, all) => filled(text, { shown: grouped.format(part), all: grouped.format(all) });
    shown.textContent = say(shown.dataset.text, counts.shown, counts.all)
      + (table.height > counts.all ? say(shown.dataset.more, rows.length, table.height) : "");
  }

  function choices(select, ids, texts, counts, chosen) {
    const { compare } = new Intl.Collator(language === "zh" ? "zh-CN" : "en", { numeric: true });
    const option = (id, text) => Object.assign(document.createElement("option"), { value: id, textContent: text });
    const some = ids.map((id, code) => ({ id, text: texts[code], rows: counts.get(code) || 0 }))
      .filter(({ id, rows }) => rows || id === chosen)
      .sort((a, b) => compare(a.text, b.text));
    select.replaceChildren(
      option("", select.dataset.all),
      ...some.map(({ id, text, rows }) => option(id, `${text} (${grouped.format(rows)})`)),
    );
    select.value = ids.includes(chosen) ? chosen : "";
  }

  function show() {
    for (const body of bodies) {
      body.hidden = body.dataset.language !== language;
      if (body.hidden) continue;
      document.documentElement.lang = body.lang;
      document.title = body.dataset.title;
      for (const button of body.querySelectorAll("[data-switch]")) {
        button.setAttribute("aria-pressed", String(button.dataset.switch === language));
      }
      for (const section of body.querySelectorAll("[data-table]")) draw(section, held[section.dataset.table]);
    }
  }

  // ── what a person does ──

  const change = (table, section, more) => {
    Object.assign(table.state, { page: 1 }, more);
    draw(section, table);
    if (table === quarantine) write();
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button, a[data-to]");
    if (!button) return;
    if (button.dataset.switch) {
      language = button.dataset.switch;
      show();
      write();
      document.querySelector(`main:not([hidden]) [data-switch="${language}"]`).focus();
      return;
    }
    if (button.dataset.to) {  // a link into the table: its own hash says what to show
      const heading = button.closest("main").querySelector(`[data-table="${button.dataset.to}"] h2`);
      setTimeout(() => { heading.focus({ preventScroll: true }); heading.scrollIntoView(); });
      return;
    }
    const section = button.closest("[data-table]");
    const table = held[section.dataset.table];
    const { sort, down, page = 1 } = table.state;
    const column = button.parentElement.dataset.column;
    if (column) {  // up, then down, then as the files have them
      const again = sort === column;
      change(table, section, { sort: again && down ? "" : column, down: again && !down });
    } else if (button.dataset.go === "clear") {
      change(table, section, { q: "", file: "", reason: "" });
    } else {
      change(table, section, { page: { first: 1, back: page - 1, next: page + 1, last: Infinity }[button.dataset.go] });
    }
  });

  for (const form of document.forms) {
    const section = form.closest("[data-table]");
    let soon;
    const apply = () => {
      clearTimeout(soon);
      const wanted = { q: form.q.value, file: form.file.value, reason: form.reason.value };
      if (Object.keys(wanted).some((name) => wanted[name] !== quarantine.state[name])) change(quarantine, section, wanted);
    };
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", apply);
    form.q.addEventListener("compositionend", apply);
    form.q.addEventListener("input", (event) => {
      clearTimeout(soon);
      if (!event.isComposing) soon = setTimeout(apply, 120);  // not while Chinese is being put together
    });
  }

  window.addEventListener("hashchange", () => { read(); show(); });
  document.documentElement.classList.add("alive");
  read();
  show();
})();
