"use strict";
// Draws each plot when a reader gets to it, fills its table of numbers when it is opened, and finds columns.
{
  const data = JSON.parse(document.getElementById("plots").textContent);
  const figures = [...document.querySelectorAll("[data-plot]")];
  const drawn = new Set();
  // Widths on paper, in pixels: A4 and Letter have room for two cards, or for three matrices, side by side.
  const PAPER = { distribution: 280, curves: 280, matrix: 200 };

  const element = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    if (text !== "") made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  // plotly rests in the page as text, as reading it takes longer than all else here.
  const start = () => {
    if (window.Plotly) return;
    const script = document.createElement("script");
    script.textContent = document.getElementById("plotly").textContent;
    document.head.append(script);
  };

  // So that the first plot does not wait for it, once the page is there and nothing else is to be done.
  if (figures.length) window.addEventListener("load", () => (window.requestIdleCallback ?? setTimeout)(start));

  const draw = (figure, paper = false) => {
    start();
    const one = data[figure.dataset.plot];
    const place = figure.querySelector(".drawn");
    const specs = plots.specs(one, plots.colours());
    for (const old of place.querySelectorAll(".js-plotly-plot")) Plotly.purge(old);
    place.replaceChildren();
    const room = document.createElement("div");
    if (specs.length > 1) room.className = "three";
    place.append(room);
    place.classList.add("done");
    const boxes = specs.map(({ name }) => {
      const box = document.createElement("div");
      if (name) box.append(element("p", name, { class: "name" }));
      room.append(box);
      return box;
    });
    // All stand in their places first, as that decides how wide each is.
    const widths = boxes.map((box) => (paper ? PAPER[one.kind] : box.clientWidth));
    specs.forEach(({ traces, layout }, at) => {
      const plot = boxes[at].appendChild(document.createElement("div"));
      Plotly.newPlot(plot, traces, { ...layout, width: widths[at] }, { displayModeBar: false });
    });
    drawn.add(figure);
  };

  const arrival = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (isIntersecting && !drawn.has(target)) draw(target);
      }
    },
    { rootMargin: "300px 0px" },
  );

  // Forgets what was drawn in other colours or another width; what is in sight is drawn again at once.
  const again = () => {
    drawn.clear();
    arrival.disconnect();
    for (const figure of figures) arrival.observe(figure);
  };
  again();
  document.addEventListener("theme", again);
  let width = window.innerWidth;
  let timer;
  window.addEventListener("resize", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (window.innerWidth !== width) again();
      width = window.innerWidth;
    }, 150);
  });
  const groups = [...document.querySelectorAll("details.group")];
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = groups.filter((group) => !group.open);
    for (const group of closed) group.open = true;
    for (const figure of figures) draw(figure, true);
  });
  window.addEventListener("afterprint", () => {
    for (const group of closed) group.open = false;
  });

  const fill = (details) => {
    const one = data[details.closest("[data-plot]").dataset.plot];
    const { header, rows } = plots.numbers(one);
    const table = element("table", "");
    table.append(element("caption", one.title));
    const head = table.createTHead().insertRow();
    for (const title of header) head.append(element("th", title, { scope: "col" }));
    const body = table.createTBody();
    for (const [first, ...others] of rows) {
      const row = body.insertRow();
      row.append(element("th", first, { scope: "row" }));
      for (const other of others) row.append(element("td", other));
    }
    const frame = element("div", "", { class: "scroll", role: "region", tabindex: "0", "aria-label": `Numbers of ${one.title}` });
    frame.append(table);
    details.append(frame);
  };
  for (const details of document.querySelectorAll("details.numbers")) {
    details.addEventListener("toggle", () => fill(details), { once: true });
  }

  const ORDERS = {
    schema: (one, other) => one.at - other.at,
    distance: (one, other) => other.distance - one.distance || one.at - other.at,
    name: (one, other) => one.name.localeCompare(other.name),
  };
  for (const browser of document.querySelectorAll(".browser")) {
    const grid = browser.querySelector(".grid");
    const said = browser.querySelector(".found");
    const columns = [...grid.querySelectorAll(".column")].map((card, at) => ({
      card,
      at,
      name: card.dataset.name,
      distance: card.dataset.distance === "" ? -1 : Number(card.dataset.distance),
    }));
    const find = browser.querySelector(".find");
    const tell = (count) => {
      said.textContent = `${count} of ${columns.length} columns`;
    };
    tell(columns.length);
    find.addEventListener("input", () => {
      const wanted = find.value.trim().toLowerCase();
      for (const one of columns) one.card.hidden = !one.name.toLowerCase().includes(wanted);
      tell(columns.filter((one) => !one.card.hidden).length);
    });
    browser.querySelector(".order").addEventListener("change", (event) => {
      columns.sort(ORDERS[event.target.value]);
      grid.append(...columns.map((one) => one.card));
    });
  }

  // A letter that points to a reason inside something closed opens it; so does a link to a column.
  window.addEventListener("hashchange", () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let one = target; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
  });
}
