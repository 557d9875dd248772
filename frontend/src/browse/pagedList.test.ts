import { beforeEach, describe, expect, test } from "vitest";
import { PagedList, type Side } from "./pagedList";

/** A server's list whose items are their places; remembers what it was asked. */
class Numbers {
  readonly asked: { side: Side; first: number; after: string | null }[] = [];
  fails = false;

  length: number;

  constructor(length: number) {
    this.length = length;
  }

  readonly fetchPage = async (side: Side, first: number, after: string | null) => {
    this.asked.push({ side, first, after });
    await Promise.resolve();
    if (this.fails) throw new Error("away");
    const start = after === null ? 0 : Number(after) + 1;
    const count = Math.min(first, this.length - start);
    const places = Array.from({ length: Math.max(0, count) }, (_, index) => start + index);
    return {
      items: places.map((place) => (side === "start" ? place : this.length - 1 - place)),
      total: this.length,
      endCursor: places.length === 0 ? null : String(places.at(-1)),
    };
  };
}

let server: Numbers;
let list: PagedList<number>;

beforeEach(() => {
  server = new Numbers(10_000);
  list = new PagedList(server.fetchPage, { canReverse: true });
});

test("the first look asks one small page and tells the whole length", async () => {
  await list.load(0, 20);

  expect(list.total).toBe(10_000);
  expect(list.at(19)).toBe(19);
  expect(server.asked).toEqual([{ side: "start", first: 100, after: null }]);
});

test("pages follow before the end of what is known comes into view", async () => {
  await list.load(0, 20);
  await list.load(80, 101);

  expect(list.at(100)).toBe(100);
  expect(server.asked.at(1)).toEqual({ side: "start", first: 200, after: "99" });
});

test("the far end is one page away when the order can be reversed", async () => {
  await list.load(0, 20);
  await list.load(9_980, 10_000);

  expect(list.at(9_999)).toBe(9_999);
  expect(list.at(9_980)).toBe(9_980);
  expect(server.asked).toHaveLength(2);
});

test("without a reverse order the far end is reached in large steps", async () => {
  list = new PagedList(server.fetchPage, { canReverse: false });
  await list.load(0, 20);
  await list.load(9_980, 10_000);

  expect(list.at(9_999)).toBe(9_999);
  expect(new Set(server.asked.map(({ side }) => side))).toEqual(new Set(["start"]));
  expect(server.asked.length).toBeLessThan(25);
});

test("the middle is reached from the nearer side, and nothing is asked twice", async () => {
  await list.load(0, 20);
  await list.load(6_000, 6_040);
  await list.load(0, 10_000);

  const places = Array.from({ length: 10_000 }, (_, place) => list.at(place));
  expect(places).toEqual(Array.from({ length: 10_000 }, (_, place) => place));
  expect(server.asked.reduce((sum, { first }) => sum + first, 0)).toBe(10_000);
});

test("a far place is said to be far until it is there", async () => {
  await list.load(0, 20);
  expect(list.far).toBeNull();
  list.want(5_000, 5_040);
  expect(list.far).toBe(100);
  await list.load(5_000, 5_040);

  expect(list.far).toBeNull();
});

test("a list that nobody looks at any more stops asking", async () => {
  await list.load(0, 20);
  list.want(5_000, 5_040);
  list.rest();
  await list.load(0, 20);
  await new Promise((resolve) => setTimeout(resolve, 5));

  expect(server.asked).toHaveLength(2);
});

test("an empty list is known to be empty", async () => {
  server.length = 0;

  expect(await list.load(0, 20)).toBe(true);
  expect(list.total).toBe(0);
});

describe("a list that changes meanwhile", () => {
  test("keeps the items at its end there when it gets longer", async () => {
    await list.load(0, 20);
    await list.load(9_980, 10_000);
    server.length = 10_001;
    await list.load(100, 400);

    expect(list.total).toBe(10_001);
    expect(list.at(10_000)).toBe(9_999);
  });

  test("ends where the server has no more", async () => {
    server.length = 300;
    list = new PagedList(server.fetchPage, { canReverse: false });
    await list.load(0, 20);
    server.length = 100;
    await list.load(0, 300);

    expect(list.total).toBe(100);
  });
});

describe("a failure", () => {
  test("is kept, and asked again on demand only", async () => {
    server.fails = true;
    expect(await list.load(0, 20)).toBe(false);
    list.want(0, 20);
    expect(server.asked).toHaveLength(1);

    server.fails = false;
    list.retry();
    expect(await list.load(0, 20)).toBe(true);
    expect(list.error).toBeNull();
  });

  test("leaves what was known", async () => {
    await list.load(0, 20);
    server.fails = true;
    await list.load(5_000, 5_001);

    expect(list.error).not.toBeNull();
    expect(list.at(10)).toBe(10);
  });
});
