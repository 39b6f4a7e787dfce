// Opens pages in a headless Chromium that has no network, and fails where one of them does not do what it should.
//
//   node test.mjs CHROMIUM [--shots DIR] PAGE.html…
import { readFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { HtmlValidate } from "html-validate";
import puppeteer from "puppeteer-core";

const [chromium, ...rest] = process.argv.slice(2);
const shots = rest[0] === "--shots" ? rest.splice(0, 2)[1] : null;
const pages = rest.map((page) => resolve(page));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
if (shots) mkdirSync(shots, { recursive: true });

let failures = 0;
let checks = 0;
const name = (page) => `${basename(dirname(dirname(page)))}/${basename(dirname(page))}/${basename(page)}`;
const check = (page, holds, what) => {
  checks += 1;
  if (!holds) {
    failures += 1;
    console.error(`failed: ${name(page)}: ${what}`);
  }
};

const validator = new HtmlValidate({
  extends: ["html-validate:recommended"],
  rules: {
    // One file without a build step: styles and script stand within it.
    "no-inline-style": "off",
    "require-sri": "off",
    // Lines are as long as their data.
    "long-title": "off",
    "no-trailing-whitespace": "off",
    // Accepted by the standard.
    "doctype-style": "off",
    "void-style": "off",
    "attribute-boolean-style": "off",
    "attribute-empty-style": "off",
    "no-implicit-button-type": "error",
  },
});

const valid = async (page) => {
  // Packed data and charts' path data would only make the messages long.
  const text = readFileSync(page, "utf8");
  const report = await validator.validateString(text);
  for (const result of report.results) {
    for (const message of result.messages.filter((m) => m.severity === 2).slice(0, 10)) {
      check(page, false, `line ${message.line}: ${message.ruleId}: ${message.message.slice(0, 200)}`);
    }
  }
  check(page, report.valid, "is not valid HTML");
};

const accessible = async (tab, page, when) => {
  const found = await tab.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const result = await globalThis.axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
    return result.violations.map((v) => `${v.id} (${v.nodes.length}): ${v.nodes[0].html.slice(0, 160)}; ${v.nodes[0].failureSummary}`);
  });
  for (const violation of found) check(page, false, `${when}: axe: ${violation}`);
  check(page, found.length === 0, `${when}: has violations`);
};

const tables = async (tab, page) => {
  const result = await tab.evaluate(async () => {
    const wrong = [];
    for (const table of document.querySelectorAll("table[data-sortable]")) {
      const rows = () => [...table.tBodies[0].rows];
      const before = rows().length;
      const heads = [...[...table.tHead.rows].at(-1).cells];
      for (const column of heads.keys()) {
        const head = heads[column];
        const value = (row) => row.cells[column].dataset.v ?? row.cells[column].textContent.trim();
        for (const [want, sign] of [["ascending", 1], ["descending", -1]]) {
          head.querySelector("button").click();
          if (head.getAttribute("aria-sort") !== want) wrong.push(`${table.caption.textContent}: not ${want}`);
          const values = rows().map(value).filter((v) => v !== "");
          const numbers = values.map(Number);
          if (numbers.every((n) => !Number.isNaN(n))) {
            if (numbers.some((n, i) => i > 0 && sign * (n - numbers[i - 1]) < 0)) wrong.push(`${table.caption.textContent}: column ${column} is not sorted`);
          }
        }
      }
      if (rows().length !== before) wrong.push(`${table.caption.textContent}: rows were lost`);
      const input = table.closest(".wide").previousElementSibling?.querySelector("input[type=search]");
      if (before >= 8 && !input) wrong.push(`${table.caption.textContent}: has no filter`);
      if (input) {
        const word = rows()[0].cells[0].textContent.trim().slice(0, 12).toLowerCase();
        input.value = word;
        input.dispatchEvent(new Event("input"));
        const shown = rows().filter((row) => !row.hidden);
        if (shown.length === 0 || shown.some((row) => !word.split(/\s+/).every((w) => row.textContent.toLowerCase().includes(w)))) wrong.push(`${table.caption.textContent}: the filter ${word} shows other rows`);
        input.value = "no row holds this";
        input.dispatchEvent(new Event("input"));
        if (rows().some((row) => !row.hidden)) wrong.push(`${table.caption.textContent}: the filter hides nothing`);
        input.value = "";
        input.dispatchEvent(new Event("input"));
        if (rows().some((row) => row.hidden)) wrong.push(`${table.caption.textContent}: rows stay hidden`);
      }
    }
    return wrong;
  });
  for (const wrong of result) check(page, false, wrong);
  check(page, result.length === 0, "tables");
};

const charts = async (tab, page) => {
  const wrong = await tab.evaluate(() => {
    const wrong = [];
    for (const figure of document.querySelectorAll("figure")) {
      const views = [...figure.querySelectorAll(".view[data-scale]")];
      const shown = () => views.filter((view) => !view.hidden);
      const drawn = (view, i) => [...view.querySelectorAll(`[data-s="${i}"]`)];
      if (views.length > 0 && shown().length !== 1) wrong.push(`${figure.id}: ${shown().length} scales at once`);
      const buttons = [...figure.querySelectorAll(".tools button[aria-pressed]")];
      buttons.forEach((button, i) => {
        button.click();
        for (const view of views) {
          const place = view.dataset.series.split("\n").findIndex((line) => line === button.textContent);
          if (place < 0) continue;
          if (drawn(view, place).length === 0) wrong.push(`${figure.id}: ${button.textContent} has no marks`);
          if (!view.hidden && drawn(view, place).some((part) => getComputedStyle(part).display !== "none")) wrong.push(`${figure.id}: ${button.textContent} is not hidden`);
        }
        if (button.getAttribute("aria-pressed") !== "false") wrong.push(`${figure.id}: the button does not say so`);
        button.click();
        if (shown().some((view) => drawn(view, i).some((part) => getComputedStyle(part).display === "none"))) wrong.push(`${figure.id}: ${button.textContent} stays hidden`);
      });
      const scale = figure.querySelector(".tools .scale");
      if (views.length > 1 && !scale) wrong.push(`${figure.id}: no switch of the scale`);
      if (scale) {
        const [before] = shown();
        scale.click();
        if (shown()[0] === before || shown().length !== 1 || !scale.textContent.endsWith(shown()[0].dataset.scale)) wrong.push(`${figure.id}: the scale does not switch`);
        scale.click();
        if (shown()[0] !== before) wrong.push(`${figure.id}: the scale does not switch back`);
      }
      if (views.length === 0 && !(figure.querySelector("img")?.alt.length > 20)) wrong.push(`${figure.id}: a picture without a text`);
      for (const view of views) {
        const desc = view.querySelector("svg > desc");
        if (!desc || desc.textContent.length < 20) wrong.push(`${figure.id}: a chart without a text`);
      }
    }
    return wrong;
  });
  for (const what of wrong) check(page, false, what);
  check(page, wrong.length === 0, "charts");
  // With a real pointer and real keys.
  const spot = await tab.evaluateHandle(() => document.querySelector(".view:not([hidden]) .spots circle"));
  const circle = spot.asElement();
  if (circle) {
    await circle.scrollIntoView();
    const box = await circle.boundingBox();
    await tab.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    const read = () => tab.evaluate((c) => c.closest("figure").querySelector(".read").textContent, circle);
    check(page, /\d/.test(await read()), "pointing at a value shows nothing");
    await tab.mouse.move(1, 1);
    check(page, (await read()) === "", "the value stays when the pointer goes");
    await tab.evaluate((c) => c.closest(".view").focus(), circle);
    await tab.keyboard.press("ArrowRight");
    const first = await read();
    await tab.keyboard.press("ArrowRight");
    check(page, /\d/.test(first) && (await read()) !== first, "the arrow keys do not step through the values");
    await tab.evaluate(() => document.activeElement.blur());
  }
};

const summary = async (tab, page) => {
  if (!(await tab.$(".summary"))) return;
  const start = Date.now();
  await tab.evaluate(() => document.querySelector(".summary").scrollIntoView());
  await tab.waitForSelector(".summary .tools", { timeout: 20000 });
  const shown = Date.now() - start;
  const rows = Number((await tab.$eval("#summary > p", (p) => p.textContent)).match(/^[\d ,]+/)[0].replaceAll(/\D/g, ""));
  const all = () => tab.$eval(".summary .tools [role=status]", (s) => Number(s.textContent.split(" of ")[1]));
  check(page, (await all()) === rows, `the summary has ${await all()} rows, not ${rows}`);
  const sorting = await tab.evaluate(() => {
    const heads = [...document.querySelectorAll(".summary th")];
    const column = heads.findIndex((head) => head.textContent === "mean");
    const start = performance.now();
    heads[column].querySelector("button").click();
    const time = performance.now() - start;
    const values = [...document.querySelectorAll(".summary tbody tr")].map((row) => row.cells[column].textContent).filter((v) => v !== "").map(Number);
    return { time, sorted: values.every((v, i) => i === 0 || values[i - 1] <= v) };
  });
  check(page, sorting.sorted, "the summary is not sorted");
  const filtered = await tab.evaluate(async () => {
    const list = [...document.querySelectorAll(".summary select")].find((s) => s.getAttribute("aria-label") === "estimator");
    if (!list) return null;
    list.value = list.options[1].value;
    list.dispatchEvent(new Event("change"));
    const heads = [...document.querySelectorAll(".summary th")];
    const column = heads.findIndex((head) => head.textContent === "estimator");
    return [...document.querySelectorAll(".summary tbody tr")].every((row) => row.cells[column].textContent === list.options[1].textContent);
  });
  check(page, filtered !== false, "the summary shows rows of other estimators");
  if (filtered) check(page, (await all()) < rows, "the list of estimators selects nothing");
  console.log(`  ${rows} rows of summary: shown after ${shown} ms, sorted in ${Math.round(sorting.time)} ms`);
};

const browser = await puppeteer.launch({
  executablePath: chromium,
  headless: true,
  // A container has no user namespaces for the sandbox; the pages are our own.
  args: ["--no-sandbox", "--disable-gpu", "--force-prefers-reduced-motion"],
});
try {
  for (const page of pages) {
    const url = pathToFileURL(page).href;
    await valid(page);
    const tab = await browser.newPage();
    await tab.setOfflineMode(true);
    const fetched = [];
    tab.on("request", (request) => {
      if (request.url() !== url && !request.url().startsWith("data:")) fetched.push(request.url());
    });
    const said = [];
    tab.on("console", (message) => { if (["error", "warn"].includes(message.type())) said.push(message.text()); });
    tab.on("pageerror", (error) => said.push(String(error)));
    await tab.setViewport({ width: 1200, height: 900 });
    await tab.goto(url, { waitUntil: "load" });
    const opened = await tab.evaluate(() => {
      const [entry] = performance.getEntriesByType("navigation");
      return Math.round(entry.loadEventEnd || entry.domComplete);
    });
    console.log(`${name(page)}: ${(readFileSync(page).length / 1e6).toFixed(2)} MB, open after ${opened} ms`);
    for (const width of [400, 800, 1600]) {
      await tab.setViewport({ width, height: 900 });
      const wide = await tab.evaluate(() => document.documentElement.scrollWidth);
      check(page, wide <= width, `scrolls sideways at ${width} px: ${wide} px wide`);
      if (shots) await tab.screenshot({ path: join(shots, `${name(page).replaceAll("/", "-")}-${width}.png`), clip: { x: 0, y: 0, width, height: 6000 }, captureBeyondViewport: true });
    }
    await tab.setViewport({ width: 1200, height: 900 });
    await tables(tab, page);
    await charts(tab, page);
    await summary(tab, page);
    await tab.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
    await tab.evaluate(axe);
    await accessible(tab, page, "light");
    await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
    await accessible(tab, page, "dark");
    if (shots) await tab.screenshot({ path: join(shots, `${name(page).replaceAll("/", "-")}-dark.png`), clip: { x: 0, y: 0, width: 1200, height: 6000 }, captureBeyondViewport: true });
    check(page, fetched.length === 0, `fetches ${fetched.slice(0, 3).join(", ")}`);
    check(page, said.length === 0, `the console says: ${said.slice(0, 3).join("; ")}`);
    await tab.close();

    const plain = await browser.newPage();
    await plain.setJavaScriptEnabled(false);
    await plain.goto(url, { waitUntil: "load" });
    const readable = await plain.evaluate(() => ({
      words: document.body.innerText.length,
      charts: [...document.querySelectorAll("figure")].every((f) => f.querySelector(".view svg, img").getBoundingClientRect().height > 50),
      rows: document.querySelectorAll("tbody tr").length,
    }));
    check(page, readable.words > 500 && readable.charts && readable.rows > 0, "is not readable without scripts");
    if (shots) await plain.pdf({ path: join(shots, `${name(page).replaceAll("/", "-")}.pdf`), format: "A4" });
    await plain.close();
  }
} finally {
  await browser.close();
}
console.log(`${checks} checks of ${pages.length} pages, ${failures} failed`);
process.exit(failures === 0 && pages.length > 0 ? 0 : 1);
