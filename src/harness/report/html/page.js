"use strict";
(() => {
  const make = (name, set = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(set)) {
      if (key in element) element[key] = value; else element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
  };
  // Numbers before words, and empty values last in either direction.
  const compare = (a, b, sign) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    const x = Number(a), y = Number(b);
    if (!Number.isNaN(x) && !Number.isNaN(y)) return sign * (x - y);
    return sign * a.localeCompare(b, "en", { numeric: true });
  };
  // Turns column heads into buttons; `sort(column, sign)` is called with the new order.
  const sortable = (heads, sort) => {
    heads.forEach((head, column) => {
      const button = make("button", { type: "button" }, ...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        sort(column, up ? 1 : -1);
      });
    });
  };
  // The lowest row of heads; a row above it may group columns.
  const heads = (table) => [...[...table.tHead.rows].at(-1).cells];
  const finder = (label, find) => {
    const input = make("input", { type: "search", placeholder: "filter" });
    input.setAttribute("aria-label", `Filter: ${label}`);
    input.addEventListener("input", () => find(input.value.trim().toLowerCase()));
    return input;
  };
  const holds = (text, words) => words.split(/\s+/).every((word) => text.includes(word));

  const theme = () => {
    const button = make("button", { type: "button", className: "theme" });
    const names = ["auto", "light", "dark"];
    let now = "auto";
    try { now = localStorage.getItem("remeasure-theme") || "auto"; } catch { /* files may have no storage */ }
    const show = () => {
      if (now === "auto") delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = now;
      button.textContent = `theme: ${now}`;
    };
    button.addEventListener("click", () => {
      now = names[(names.indexOf(now) + 1) % names.length];
      try { localStorage.setItem("remeasure-theme", now); } catch { /* likewise */ }
      show();
    });
    show();
    document.querySelector("header").append(button);
  };

  const tables = () => {
    for (const table of document.querySelectorAll("table[data-sortable]")) {
      const body = table.tBodies[0];
      const rows = [...body.rows];
      const value = (row, column) => {
        const cell = row.cells[column];
        return cell === undefined ? "" : cell.dataset.v ?? cell.textContent.trim();
      };
      sortable(heads(table), (column, sign) => {
        const keyed = rows.map((row, place) => [value(row, column), place, row]);
        keyed.sort((a, b) => compare(a[0], b[0], sign) || a[1] - b[1]);
        table.classList.add("sorted");
        body.append(...keyed.map((key) => key[2]));
      });
      if (rows.length < 8) continue;
      const texts = rows.map((row) => row.textContent.toLowerCase());
      const count = make("span", { role: "status" });
      const find = (words) => {
        let shown = 0;
        rows.forEach((row, i) => {
          row.hidden = !holds(texts[i], words);
          shown += !row.hidden;
        });
        count.textContent = words ? `${shown} of ${rows.length} rows` : "";
      };
      const label = table.caption ? table.caption.textContent : "table";
      (table.closest(".wide") ?? table).before(make("div", { className: "tools" }, finder(label, find), count));
    }
  };

  // Comma-separated values with quotes (RFC 4180); the plain case, without any, is by far the fastest.
  const parse = (text) => {
    const lines = text.trim().split(/\r?\n/);
    if (!text.includes('"')) return lines.map((line) => line.split(","));
    return lines.map((line) => {
      const fields = [];
      for (const field of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
        fields.push(field[1] === undefined ? field[2] : field[1].replaceAll('""', '"'));
      }
      return fields;
    });
  };

  // Unpacks the data in the page into text.
  const unpack = async (data) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  };

  const PAGE = 50;
  const summary = (box) => {
    const table = box.querySelector("table");
    const numbers = Number(box.dataset.numbers);
    const plain = document.querySelectorAll(".plain");
    let rows, order, from = 0, words = "";
    const chosen = new Map();
    const status = make("span", { role: "status" });
    const body = table.tBodies[0];
    const draw = () => {
      const part = order.slice(from, from + PAGE);
      body.replaceChildren(...part.map((row) => make("tr", {}, ...row.map((field, i) => {
        return make("td", { className: i >= numbers ? "n" : "" }, field);
      }))));
      const to = Math.min(from + PAGE, order.length);
      status.textContent = `${order.length ? from + 1 : 0} to ${to} of ${order.length}`;
    };
    const select = () => {
      order = rows.filter((row) => {
        for (const [column, value] of chosen) if (row[column] !== value) return false;
        return !words || holds(row.slice(0, numbers + 1).join(" ").toLowerCase(), words);
      });
      from = 0;
      if (sorted) sorted();
      draw();
    };
    let sorted = null;
    const start = async () => {
      rows = parse(await unpack(box.querySelector("script").textContent));
      const names = rows.shift();
      order = rows;
      sortable(heads(table), (column, sign) => {
        sorted = () => { order = [...order].sort((a, b) => compare(a[column], b[column], sign)); };
        sorted();
        from = 0;
        draw();
      });
      const tools = make("div", { className: "tools" }, finder("all cells", (text) => { words = text; select(); }));
      for (let column = 0; column < numbers; column += 1) {
        const values = [...new Set(rows.map((row) => row[column]))];
        if (values.length < 2 || values.length > 200) continue;
        const list = make("select", {}, make("option", { value: "" }, `${names[column]}: all`),
          ...values.map((value) => make("option", { value: `=${value}` }, value)));
        list.setAttribute("aria-label", names[column]);
        list.addEventListener("change", () => {
          if (list.value) chosen.set(column, list.value.slice(1)); else chosen.delete(column);
          select();
        });
        tools.append(list);
      }
      const turn = (text, by) => {
        const button = make("button", { type: "button" }, text);
        button.addEventListener("click", () => {
          const next = from + by * PAGE;
          if (next >= 0 && next < order.length) { from = next; draw(); }
        });
        return button;
      };
      tools.append(turn("previous", -1), turn("next", 1), status);
      box.prepend(tools);
      plain.forEach((words) => words.remove());
      draw();
    };
    if (!("DecompressionStream" in window)) return;
    // Tens of thousands of rows are read when they scroll into view, not while the page opens.
    if (!("IntersectionObserver" in window)) { start(); return; }
    const watch = new IntersectionObserver((seen) => {
      if (seen.some((entry) => entry.isIntersecting)) { watch.disconnect(); start(); }
    }, { rootMargin: "600px" });
    watch.observe(box);
  };

  const charts = () => {
    for (const figure of document.querySelectorAll("figure")) {
      const views = [...figure.querySelectorAll(".view[data-scale]")];
      if (views.length === 0) continue;
      const read = make("p", { className: "read" });
      read.setAttribute("aria-live", "polite");
      const tools = make("div", { className: "tools", role: "group" });
      tools.setAttribute("aria-label", `Chart: ${figure.querySelector("h3").textContent}`);
      const hidden = new Set();
      const names = (view) => view.dataset.series.split("\n").filter(Boolean);
      const shown = () => views.find((view) => !view.hidden);
      const apply = () => {
        for (const view of views) {
          names(view).forEach((name, i) => {
            for (const part of view.querySelectorAll(`[data-s="${i}"]`)) part.classList.toggle("off", hidden.has(name));
          });
        }
      };
      // A series is told from the others while its name is pointed at.
      const light = (lit) => {
        figure.classList.toggle("lit", lit !== null);
        for (const view of views) {
          names(view).forEach((name, i) => {
            for (const part of view.querySelectorAll(`[data-s="${i}"]`)) part.classList.toggle("hot", name === lit);
          });
        }
      };
      const all = names(views[0]);
      // With many series, bands would cover each other.
      figure.classList.toggle("many", all.length > 5);
      const legend = figure.querySelector(".legend");
      if (legend && all.length > 1) {
        for (const item of [...legend.children]) {
          const name = item.dataset.name;
          if (!all.includes(name)) { tools.append(make("span", {}, ...item.childNodes)); continue; }
          const button = make("button", { type: "button" }, ...item.childNodes);
          button.setAttribute("aria-pressed", "true");
          button.addEventListener("click", () => {
            if (!hidden.delete(name)) hidden.add(name);
            button.setAttribute("aria-pressed", String(!hidden.has(name)));
            apply();
          });
          for (const event of ["pointerenter", "focus"]) button.addEventListener(event, () => light(hidden.has(name) ? null : name));
          for (const event of ["pointerleave", "blur"]) button.addEventListener(event, () => light(null));
          tools.append(button);
        }
        legend.remove();
      }
      if (views.length > 1) {
        const scale = make("button", { type: "button", className: "scale" });
        const label = () => { scale.textContent = `vertical axis: ${shown().dataset.scale}`; };
        scale.addEventListener("click", () => {
          for (const view of views) view.hidden = !view.hidden;
          label();
        });
        label();
        tools.append(scale);
      }
      let current = null;
      const point = (spot) => {
        if (current) current.classList.remove("at");
        current = spot;
        if (spot) spot.classList.add("at");
        read.textContent = spot ? spot.querySelector("title").textContent : "";
      };
      for (const view of views) {
        const spots = () => [...view.querySelectorAll(".spots circle:not(.off)")];
        const svg = view.querySelector("svg");
        svg.addEventListener("pointermove", (event) => {
          const matrix = svg.getScreenCTM();
          if (!matrix) return;
          const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
          let best = null, least = 24 * 24;
          for (const spot of spots()) {
            const away = (spot.cx.baseVal.value - at.x) ** 2 + (spot.cy.baseVal.value - at.y) ** 2;
            if (away < least) { least = away; best = spot; }
          }
          if (best !== current) point(best);
        });
        svg.addEventListener("pointerleave", () => point(null));
        view.tabIndex = 0;
        view.setAttribute("role", "group");
        view.setAttribute("aria-label", "Values of the chart: use the arrow keys");
        view.addEventListener("keydown", (event) => {
          const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
          if (!step) return;
          const list = spots();
          if (list.length === 0) return;
          event.preventDefault();
          const from = list.indexOf(current);
          point(list[from < 0 ? (step > 0 ? 0 : list.length - 1) : (from + step + list.length) % list.length]);
        });
        view.addEventListener("blur", () => point(null));
      }
      views[0].before(tools);
      views[views.length - 1].after(read);
    }
  };

  theme();
  tables();
  charts();
  document.querySelectorAll(".summary").forEach(summary);
})();
