// Weighs the built client (app/static) against its budgets, compressed as it is sent.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const STATIC = new URL("../../app/static/", import.meta.url);
const KB = 1000;

/** @type {Record<string, {file: string, imports?: string[], css?: string[]}>} */
const manifest = JSON.parse(readFileSync(new URL("manifest.json", STATIC), "utf8"));

const weigh = (file) => gzipSync(readFileSync(new URL(file, STATIC)), { level: 6 }).length;
const sum = (files) => [...files].reduce((total, file) => total + weigh(file), 0);

/** Scripts and styles that a browser needs for an entry before it runs. */
function needs(key, seen = new Set()) {
  if (seen.has(key)) return { js: new Set(), css: new Set() };
  seen.add(key);
  const { file, imports = [], css = [] } = manifest[key];
  const found = { js: new Set([file]), css: new Set(css) };
  for (const next of imports) {
    const { js, css: styles } = needs(next, seen);
    for (const each of js) found.js.add(each);
    for (const each of styles) found.css.add(each);
  }
  return found;
}

const less = (files, others) => new Set([...files].filter((file) => !others.has(file)));

const browser = needs("index.html");
const viewer = needs("src/viewer/ViewerPage.tsx");
const rows = [
  ["browser route, scripts", sum(browser.js), 200 * KB],
  ["browser route, styles", sum(browser.css), 20 * KB],
  ["viewer, more scripts", sum(less(viewer.js, browser.js)), 40 * KB],
  ["viewer, more styles", sum(less(viewer.css, browser.css)), 20 * KB],
];

let isOver = false;
for (const [what, bytes, budget] of rows) {
  isOver ||= bytes > budget;
  const mark = bytes > budget ? "over its budget" : "";
  const [is, of] = [bytes, budget].map((each) => (each / KB).toFixed(1).padStart(6));
  process.stdout.write(`${what.padEnd(24)} ${is} of ${of} KB gzip ${mark}\n`);
}
process.exitCode = isOver ? 1 : 0;
