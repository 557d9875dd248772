import { describe, expect, test } from "vitest";
import { parseQuery, QueryProblem, termFor, withTerm } from "./query";

function problem(text: string): QueryProblem {
  try {
    parseQuery(text);
  } catch (error) {
    return error as QueryProblem;
  }
  throw new Error(`${text} was understood`);
}

test("an empty text filters nothing", () => {
  expect(parseQuery("  ")).toBeNull();
});

test("terms without an operator must all hold", () => {
  expect(parseQuery("tag:mitosis gene=CDK1 t>10")).toEqual({
    and: [
      { tag: { contains: "mitosis" } },
      { keyValue: [{ key: "gene", contains: "CDK1" }] },
      { pixels: { sizeT: { min: 11 } } },
    ],
  });
});

test("quotes mean exactly this text, a star its beginning", () => {
  expect(parseQuery('tag:"metaphase plate"')).toEqual({ tag: { eq: "metaphase plate" } });
  expect(parseQuery("name:dish*")).toEqual({ name: { startsWith: "dish" } });
});

test("a word is looked for in names, descriptions, tags and key–values", () => {
  const some = { contains: "HeLa" };
  expect(parseQuery("HeLa")).toEqual({
    or: [{ name: some }, { description: some }, { tag: some }, { keyValue: [some] }],
  });
});

test("OR, NOT, - and brackets combine", () => {
  expect(parseQuery("(z:3 OR z:5) -tag:bad NOT c:1")).toEqual({
    and: [
      {
        or: [{ pixels: { sizeZ: { min: 3, max: 3 } } }, { pixels: { sizeZ: { min: 5, max: 5 } } }],
      },
      { not: { tag: { contains: "bad" } } },
      { not: { pixels: { sizeC: { min: 1, max: 1 } } } },
    ],
  });
});

test("numbers of keys have ranges and units", () => {
  expect(parseQuery("temperature:36..38°C")).toEqual({
    keyValue: [{ key: "temperature", min: 36, max: 38, unit: "°C" }],
  });
});

test("people and groups are named as they are called, ratings are numbers", () => {
  expect(parseQuery('owner:ann group:"Lab Rossi" rating>=4')).toEqual({
    and: [
      { owner: { name: "ann" } },
      { group: { name: "Lab Rossi" } },
      {
        annotation: {
          namespace: { eq: "openmicroscopy.org/omero/insight/rating" },
          longValue: { min: 4 },
        },
      },
    ],
  });
  expect(problem("rating:good").position).toBe(7);
});

test("a month is a range of days", () => {
  expect(parseQuery("acquired:2026-12")).toEqual({
    acquisitionDate: { from: "2026-12-01T00:00:00.000Z", to: "2027-01-01T00:00:00.000Z" },
  });
});

test("a quoted key is a key even when it is called like a field", () => {
  expect(parseQuery('"name":x')).toEqual({ keyValue: [{ key: "name", contains: "x" }] });
});

describe.each([
  ["(tag:a", 0],
  ["tag:a)", 5],
  ['tag:"a', 4],
  ["z:many", 2],
  ["a OR", 4],
  ["tag:", 3],
  [":x", 0],
  ["gene:>>", 5],
  ["acquired:yesterday", 9],
  ["pixel:colour", 6],
])("of %s", (text, position) => {
  test(`the character ${String(position)} is pointed at`, () => {
    expect(problem(text)).toBeInstanceOf(QueryProblem);
    expect(problem(text).position).toBe(position);
  });
});

test("a facet's value becomes a term, and goes when it is chosen again", () => {
  const term = termFor("Cell line", "HeLa");
  const once = withTerm("z:3", term);

  expect(once).toBe('z:3 "Cell line":"HeLa"');
  expect(withTerm(once, term)).toBe("z:3");
  expect(parseQuery(term)).toEqual({ keyValue: [{ key: "Cell line", eq: "HeLa" }] });
});
