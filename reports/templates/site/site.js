"use strict";
// What every page does: the months that are published, and a language switch that keeps what is on view.
globalThis.csi = (() => {
  const { kind, page, file, period, language } = document.body.dataset;
  const found = document.getElementById("words");
  const words = found ? JSON.parse(found.textContent) : {};
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  // A new element: what it is, its attributes, and what stands in it.
  function made(name, attributes = {}, ...inside) {
    const one = name.startsWith("svg:") ? document.createElementNS("http://www.w3.org/2000/svg", name.slice(4)) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (value !== null) one.setAttribute(key, value);
    one.append(...inside);
    return one;
  }

  const monthName = (text) => {
    const [year, month] = text.split("-").map(Number);
    if (language === "zh") return `${year}年${month}月`;
    return new Intl.DateTimeFormat("en", { month: "short", year: "numeric", timeZone: "UTC" }).format(new Date(Date.UTC(year, month - 1, 1)));
  };

  // months.js calls this. A month without this page is reached at its overview.
  function months(list) {
    const menu = document.querySelector(".months");
    if (!menu) return;
    const items = [...list].reverse().map((one) => {
      const lacks = new Set(one.without);
      const own = file.slice(0, file.length - page.length);
      const target = [file, `${own}index.html`].find((path) => !lacks.has(path)) || "index.html";
      const path = target.split("/").map(encodeURIComponent).join("/");
      const link = made("a", { href: `${menu.dataset.up}${one.period}/site/${path}` }, monthName(one.period));
      if (one.period === period) link.setAttribute("aria-current", "true");
      if (target !== file) link.className = "else";
      return made("li", {}, link);
    });
    const nav = menu.querySelector("nav");
    if (items.length) nav.querySelector("ul").replaceChildren(...items);
    nav.querySelector(".remark").hidden = !nav.querySelector(".else");
  }

  // What is wider than the screen can be scrolled with the keyboard; what is not is no stop on the way.
  const stops = () => {
    for (const one of document.querySelectorAll(".scroll")) one.tabIndex = one.scrollWidth > one.clientWidth ? 0 : -1;
  };
  new ResizeObserver(stops).observe(document.body);

  for (const link of document.querySelectorAll(".languages a, .surveys a")) {
    link.addEventListener("click", () => { link.hash = location.hash; });
  }
  document.addEventListener("keydown", (event) => {
    const menu = document.querySelector(".months[open]");
    if (event.key !== "Escape" || !menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    const menu = document.querySelector(".months[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
  });
  return { kind, page, language, words, filled, made, monthName, months };
})();
