// The book's search finds each name of Go's map (L4), asked as the page asks it.
//
//     node tests/book/search.mjs target/book
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const book = resolve(process.argv[2]);
const file = (start) => {
  const name = readdirSync(book).find((it) => it.startsWith(start) && it.endsWith(".js"));
  if (!name) throw new Error(`the book has no ${start}`);
  return join(book, name);
};
const elasticlunr = createRequire(import.meta.url)(file("elasticlunr"));
const window = { search: {} };
new Function("window", readFileSync(file("searchindex"), "utf8"))(window);
const { index: stored, search_options: options } = window.search;
const index = elasticlunr.Index.load(stored);

const names = ["Load", "Store", "LoadOrStore", "LoadAndDelete", "Delete", "Swap", "CompareAndSwap",
  "CompareAndDelete", "Range", "Clear"];
let missing = 0;
for (const name of names) {
  const found = index.search(name, options);
  const named = found.filter(({ ref }) => {
    const { title, body } = stored.documentStore.docs[ref];
    return new RegExp(`\\b${name}\\b`).test(`${title} ${body}`);
  });
  if (named.length === 0) {
    console.error(`the search finds no ${name}`);
    missing += 1;
  }
}
console.log(`search: ${names.length} names of Go's map: ${missing ? `${missing} missing` : "right"}`);
process.exit(missing ? 1 : 0);
