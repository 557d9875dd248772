/**
 * The text of the filter box as a filter of images.
 *
 * It is the language of the search field (words, "phrases", beginnings*, key:value, key:>5,
 * key:1..3µm, OR, NOT, -, parentheses), with `=`, `<` and `>` allowed for `:`, and with the sizes
 * of images beside it. Quotes mean exactly this text.
 */

import type { ImageFilter } from "../api/generated/graphql";

/** What cannot be understood, and the character where it goes wrong, from 0. */
export class QueryProblem extends Error {
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

interface Token {
  readonly kind: "(" | ")" | "OR" | "AND" | "NOT" | "term";
  readonly at: number;
  readonly key: string | null;
  readonly isKeyQuoted: boolean;
  readonly value: string;
  readonly isQuoted: boolean;
  /** Where the value begins. */
  readonly valueAt: number;
}

const CHARACTERS_MAX = 2000;
const TERM = /(?:"([^"]*)"|([^\s"():=<>-][^\s"():=<>]*))/y;

/** The filter that a text means; null for an empty one. Throws QueryProblem. */
export function parseQuery(text: string): ImageFilter | null {
  if (text.length > CHARACTERS_MAX)
    throw new QueryProblem(`More than ${String(CHARACTERS_MAX)} characters`, CHARACTERS_MAX);
  const tokens = tokensOf(text);
  if (tokens.length === 0) return null;
  const reader = { tokens, place: 0, end: text.length };
  const found = either(reader);
  const rest = tokens[reader.place];
  if (rest !== undefined) throw new QueryProblem("This bracket closes nothing", rest.at);
  return found;
}

interface Reader {
  tokens: readonly Token[];
  place: number;
  end: number;
}

function either(reader: Reader): ImageFilter {
  const parts = [all(reader)];
  while (reader.tokens[reader.place]?.kind === "OR") {
    reader.place += 1;
    parts.push(all(reader));
  }
  return parts.length === 1 ? (parts[0] as ImageFilter) : { or: parts };
}

function all(reader: Reader): ImageFilter {
  const parts: ImageFilter[] = [];
  for (;;) {
    const next = reader.tokens[reader.place];
    if (next?.kind === "AND" && parts.length > 0) reader.place += 1;
    else if (next === undefined || next.kind === ")" || next.kind === "OR") break;
    parts.push(one(reader));
  }
  if (parts.length === 0)
    throw new QueryProblem("Something to look for is missing here", placeOf(reader));
  return parts.length === 1 ? (parts[0] as ImageFilter) : { and: parts };
}

function one(reader: Reader): ImageFilter {
  const token = reader.tokens[reader.place];
  if (token === undefined || token.kind === ")" || token.kind === "OR" || token.kind === "AND")
    throw new QueryProblem("Something to look for is missing here", placeOf(reader));
  reader.place += 1;
  if (token.kind === "NOT") return { not: one(reader) };
  if (token.kind === "term") return filterOf(token);
  const inner = either(reader);
  if (reader.tokens[reader.place]?.kind !== ")")
    throw new QueryProblem("This bracket is not closed", token.at);
  reader.place += 1;
  return inner;
}

function placeOf({ tokens, place, end }: Reader): number {
  return tokens[place]?.at ?? end;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const plain = (kind: Token["kind"], from: number): Token => ({
    kind,
    at: from,
    key: null,
    isKeyQuoted: false,
    value: "",
    isQuoted: false,
    valueAt: from,
  });
  while (at < text.length) {
    const letter = text.charAt(at);
    if (/\s/.test(letter)) at += 1;
    else if (letter === "(" || letter === ")") tokens.push(plain(letter, at++));
    else if (letter === "-") tokens.push(plain("NOT", at++));
    else {
      const [token, end] = termAt(text, at);
      at = end;
      const word = token.key === null && !token.isQuoted ? token.value : "";
      if (word === "OR" || word === "AND" || word === "NOT") tokens.push(plain(word, token.at));
      else tokens.push(token);
    }
  }
  return tokens;
}

function termAt(text: string, at: number): [Token, number] {
  TERM.lastIndex = at;
  const first = TERM.exec(text);
  if (first === null) {
    const problem = text.charAt(at) === '"' ? "These quotes are not closed" : "A name is missing";
    throw new QueryProblem(problem, at);
  }
  const head = first[1] ?? first[2] ?? "";
  const isHeadQuoted = first[1] !== undefined;
  const sign = text.charAt(TERM.lastIndex);
  if (sign === "" || !":=<>".includes(sign)) {
    const isOpen = isHeadQuoted && sign === "*";
    const token: Token = {
      kind: "term",
      at,
      key: null,
      isKeyQuoted: false,
      value: isOpen ? `${head}*` : head,
      isQuoted: isHeadQuoted && !isOpen,
      valueAt: at,
    };
    return [token, TERM.lastIndex + (isOpen ? 1 : 0)];
  }
  // `gene=CDK1` is `gene:CDK1`; `t>10` is `t:>10`.
  const valueAt = TERM.lastIndex + (sign === ":" || sign === "=" ? 1 : 0);
  const rest = /^(?:"([^"]*)"|[^\s"()]+)/.exec(text.slice(valueAt));
  if (rest === null) {
    const isOpen = text.charAt(valueAt) === '"';
    throw new QueryProblem(
      isOpen ? "These quotes are not closed" : "A value is missing",
      Math.min(valueAt, Math.max(at, text.length - 1)),
    );
  }
  const token: Token = {
    kind: "term",
    at,
    key: head,
    isKeyQuoted: isHeadQuoted,
    valueAt,
    value: rest[1] ?? rest[0],
    isQuoted: rest[1] !== undefined,
  };
  return [token, valueAt + rest[0].length];
}

interface TextTest {
  eq?: string;
  contains?: string;
  startsWith?: string;
}

function textTest({ value, isQuoted }: Token): TextTest {
  if (isQuoted) return { eq: value };
  return value.endsWith("*") ? { startsWith: value.slice(0, -1) } : { contains: value };
}

const TEXTS: Record<string, (test: TextTest) => ImageFilter> = {
  name: (name) => ({ name }),
  description: (description) => ({ description }),
  tag: (tag) => ({ tag }),
  comment: (textValue) => ({ comments: { textValue } }),
  file: (name) => ({ fileset: { originalFiles: { name } } }),
  format: (format) => ({ fileset: { format } }),
  channel: (name) => ({ pixels: { channels: { name } } }),
  dataset: (name) => ({ datasets: { name } }),
  project: (name) => ({ datasets: { projects: { name } } }),
};

/** Namespace of the whole numbers that are ratings. */
const RATINGS = "openmicroscopy.org/omero/insight/rating";

const SIZES: Record<string, "sizeX" | "sizeY" | "sizeZ" | "sizeC" | "sizeT"> = {
  x: "sizeX",
  y: "sizeY",
  z: "sizeZ",
  c: "sizeC",
  t: "sizeT",
};

/** What has a meaning of its own before a colon; other names are keys of key–values. */
export const FIELDS: readonly string[] = [
  ...Object.keys(TEXTS),
  ...Object.keys(SIZES),
  "pixel",
  "acquired",
  "owner",
  "group",
  "rating",
  "id",
];

function filterOf(token: Token): ImageFilter {
  if (token.key === null) {
    if (token.value === "" || token.value === "*")
      throw new QueryProblem("There is nothing between these quotes", token.at);
    const value = token.value.replace(/\*$/, "");
    // Words are looked for anywhere, so that `*` changes nothing there.
    const test = { contains: value };
    return {
      or: [{ name: test }, { description: test }, { tag: test }, { keyValue: [test] }],
    };
  }
  const key = token.key.toLowerCase();
  const text = token.isKeyQuoted ? undefined : TEXTS[key];
  if (text !== undefined) return text(textTest(token));
  const size = token.isKeyQuoted ? undefined : SIZES[key];
  if (size !== undefined) return { pixels: { [size]: wholeRange(token) } };
  if (!token.isKeyQuoted && key === "owner") return { owner: { name: token.value } };
  if (!token.isKeyQuoted && key === "group") return { group: { name: token.value } };
  if (!token.isKeyQuoted && key === "rating")
    return { annotation: { namespace: { eq: RATINGS }, longValue: wholeRange(token) } };
  if (!token.isKeyQuoted && key === "id") {
    const { min, max } = wholeRange(token);
    if (min === undefined || min !== max)
      throw new QueryProblem("An id is one number", token.valueAt);
    return { id: { in: [`Image:${String(min)}`] } };
  }
  if (!token.isKeyQuoted && key === "pixel") {
    const type = token.value.toUpperCase();
    if (!PIXEL_TYPES.has(type))
      throw new QueryProblem(`${token.value} is no type of pixels`, token.valueAt);
    return { pixels: { type: { eq: type } } } as ImageFilter;
  }
  if (!token.isKeyQuoted && key === "acquired") return { acquisitionDate: dateRange(token) };
  const range = token.isQuoted ? null : numberRange(token);
  return { keyValue: [{ key: token.key, ...(range ?? textTest(token)) }] };
}

const PIXEL_TYPES = new Set(
  "INT8 INT16 INT32 UINT8 UINT16 UINT32 FLOAT DOUBLE COMPLEX DOUBLE_COMPLEX BIT".split(" "),
);

const NUMBER = String.raw`[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?`;
const RANGE = new RegExp(`^(${NUMBER})?\\.\\.(${NUMBER})?(\\D*)$`, "i");
const BOUND = new RegExp(`^(<=|>=|<|>)(${NUMBER})(\\D*)$`, "i");

/** Numbers of a key, with their unit; null when the value is text. Throws QueryProblem. */
function numberRange(token: Token): { min?: number; max?: number; unit?: string } | null {
  const { value } = token;
  const range = RANGE.exec(value);
  const bound = BOUND.exec(value);
  if (range !== null && (range[1] ?? range[2]) !== undefined) {
    return {
      ...(range[1] === undefined ? {} : { min: Number(range[1]) }),
      ...(range[2] === undefined ? {} : { max: Number(range[2]) }),
      ...(range[3] === "" ? {} : { unit: range[3] as string }),
    };
  }
  if (bound !== null) {
    // The server's ends belong to the range: the next number beside it does not.
    const number = Number(bound[2]);
    const beside = bound[1]?.endsWith("=") === true ? 0 : Math.abs(number) * 1e-12 + 1e-300;
    const end =
      bound[1]?.startsWith(">") === true ? { min: number + beside } : { max: number - beside };
    return { ...end, ...(bound[3] === "" ? {} : { unit: bound[3] as string }) };
  }
  if (/^[<>]/.test(value) || value.includes(".."))
    throw new QueryProblem(`${value} is no number or range`, token.valueAt);
  return null;
}

function wholeRange(token: Token): { min?: number; max?: number } {
  const { value, valueAt } = token;
  if (/^\d+$/.test(value)) return { min: Number(value), max: Number(value) };
  const range = /^(\d+)?\.\.(\d+)?$/.exec(value);
  if (range !== null && (range[1] ?? range[2]) !== undefined) {
    return {
      ...(range[1] === undefined ? {} : { min: Number(range[1]) }),
      ...(range[2] === undefined ? {} : { max: Number(range[2]) }),
    };
  }
  const bound = /^(<=|>=|<|>)(\d+)$/.exec(value);
  if (bound === null) throw new QueryProblem(`${value} is no whole number or range`, valueAt);
  const number = Number(bound[2]);
  if (bound[1] === ">") return { min: number + 1 };
  if (bound[1] === "<") return { max: number - 1 };
  return bound[1] === ">=" ? { min: number } : { max: number };
}

const DAY = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?$/;

function dateRange(token: Token): { from?: string; to?: string } {
  const { value, valueAt } = token;
  const [first = "", last] = value.includes("..") ? value.split("..") : [value];
  const bound = /^(<=|>=|<|>)(.*)$/.exec(first);
  const given = (text: string): [string, string] => {
    const span = spanOf(text);
    if (span === null) throw new QueryProblem(`${text} is no day such as 2026-05-31`, valueAt);
    return span;
  };
  if (last !== undefined) {
    return {
      ...(first === "" ? {} : { from: given(first)[0] }),
      ...(last === "" ? {} : { to: given(last)[1] }),
    };
  }
  if (bound === null) return { from: given(first)[0], to: given(first)[1] };
  const [start, end] = given(bound[2] ?? "");
  if (bound[1] === ">") return { from: end };
  if (bound[1] === ">=") return { from: start };
  return { to: bound[1] === "<" ? start : end };
}

/** First moment of a year, month or day, and of the next one. */
function spanOf(text: string): [string, string] | null {
  const found = DAY.exec(text);
  if (found === null) return null;
  const [year, month, day] = [found[1], found[2], found[3]].map(Number) as [number, number, number];
  const hasMonth = found[2] !== undefined;
  const hasDay = found[3] !== undefined;
  const start = Date.UTC(year, hasMonth ? month - 1 : 0, hasDay ? day : 1);
  const end = Date.UTC(
    hasMonth ? year : year + 1,
    hasMonth ? (hasDay ? month - 1 : month) : 0,
    hasDay ? day + 1 : 1,
  );
  if (hasMonth && (month < 1 || month > 12)) return null;
  return [new Date(start).toISOString(), new Date(end).toISOString()];
}

/** A term that means exactly this value of a field or key. */
export function termFor(field: string, value: string): string {
  const key = /^[\w.]+$/.test(field) ? field : `"${field.replaceAll('"', "")}"`;
  return `${key}:"${value.replaceAll('"', "")}"`;
}

/** A query with one more term, or without it when it was there. */
export function withTerm(query: string, term: string): string {
  const parts = ` ${query.trim()} `;
  if (parts.includes(` ${term} `)) return parts.replace(` ${term} `, " ").trim();
  return `${query.trim()} ${term}`.trim();
}
