import { expect, test } from "vitest";
import type { ImageCard } from "./documents";
import type { FetchPage } from "./pagedList";
import { NOTHING, type Selection, whole } from "./selection";
import { tableCsv } from "./tableCsv";

function image(number: number, more: Partial<ImageCard> = {}): ImageCard {
  return {
    id: `Image:${number}`,
    name: `field ${number}`,
    acquisitionDate: null,
    thumbnailUrl: "",
    pixels: { type: "UINT16", sizeX: 640, sizeY: 480, sizeZ: 5, sizeC: 3, sizeT: 1 },
    ...more,
  };
}

/** A server of images; remembers the cursors that it was asked for. */
class Images {
  readonly asked: (string | null)[] = [];
  most = 0;
  private readonly images: readonly ImageCard[];

  constructor(images: readonly ImageCard[]) {
    this.images = images;
  }

  readonly fetchPage: FetchPage<ImageCard> = async (_side, first, after) => {
    await Promise.resolve();
    this.asked.push(after);
    this.most = Math.max(this.most, first);
    const start = after === null ? 0 : Number(after);
    const items = this.images.slice(start, start + first);
    return { items, total: this.images.length, endCursor: String(start + items.length) };
  };
}

const many = (count: number): ImageCard[] => Array.from({ length: count }, (_, at) => image(at));
const going = new AbortController().signal;
const nothing = (): void => undefined;

async function linesOf(
  images: Images,
  selection: Selection | null = null,
  sort: "name" | "-rating" | "kv:Dose" = "name",
): Promise<string[]> {
  const { file, rows } = await tableCsv({ sort, selection }, images.fetchPage, going, nothing);
  const lines = (await file.text()).split("\r\n");
  expect(lines.pop()).toBe("");
  expect(rows).toBe(lines.length - 1);
  return lines;
}

test("all rows come in their order, page by page, with what is on the way told", async () => {
  const images = new Images(many(1234));
  const told: [number, number][] = [];

  const { file } = await tableCsv(
    { sort: "name", selection: null },
    images.fetchPage,
    going,
    (rows, of) => told.push([rows, of]),
  );

  const lines = (await file.text()).trimEnd().split("\r\n");
  expect(lines[0]).toBe("Name,Width,Height,C,Z,T,Type,Acquired");
  expect(lines[1]).toBe("field 0,640,480,3,5,1,uint16,");
  expect(lines.slice(1).map((line) => line.split(",")[0])).toEqual(
    many(1234).map(({ name }) => name),
  );
  expect(told).toEqual([
    [500, 1234],
    [1000, 1234],
    [1234, 1234],
  ]);
  expect(images.asked).toEqual([null, "500", "1000"]);
  expect(images.most).toBe(500);
  expect(file.type).toBe("text/csv;charset=utf-8");
});

test("formulas, commas and what is missing are written so that nothing runs or moves", async () => {
  const images = new Images([
    image(1, { name: '=HYPERLINK("x")', pixels: null }),
    image(2, { name: "a, b", acquisitionDate: "2026-01-02T03:04:05Z" }),
  ]);

  expect((await linesOf(images)).slice(1)).toEqual([
    `"'=HYPERLINK(""x"")",,,,,,,`,
    '"a, b",640,480,3,5,1,uint16,2026-01-02T03:04:05Z',
  ]);
});

test("only what is selected is written, and nothing is asked for when it is complete", async () => {
  const images = new Images(many(2000));
  const some = { ...NOTHING, selected: new Set(["3", "501"]) };

  expect((await linesOf(images, some)).slice(1)).toEqual([
    "field 3,640,480,3,5,1,uint16,",
    "field 501,640,480,3,5,1,uint16,",
  ]);
  expect(images.asked).toEqual([null, "500"]);
});

test("of all that is selected, what was taken out again is left out", async () => {
  const without = { ...whole(0), selected: new Set(["0", "2"]) };

  expect((await linesOf(new Images(many(4)), without)).slice(1)).toEqual([
    "field 1,640,480,3,5,1,uint16,",
    "field 3,640,480,3,5,1,uint16,",
  ]);
});

test("a selection of which something is gone ends with the list", async () => {
  const gone = { ...NOTHING, selected: new Set(["1", "99"]) };

  expect(await linesOf(new Images(many(3)), gone)).toHaveLength(2);
});

test("what is sorted by has a column of its own", async () => {
  const pairs = [
    { key: "dose", value: "2 mM" },
    { key: "Dose ", value: "-3" },
  ];
  const rated = new Images([image(1, { rating: { average: 3.5 } })]);

  expect(await linesOf(new Images([image(1, { keyValues: pairs })]), null, "kv:Dose")).toEqual([
    "Name,Width,Height,C,Z,T,Type,Acquired,Dose",
    'field 1,640,480,3,5,1,uint16,,"2 mM, -3"',
  ]);
  expect((await linesOf(rated, null, "-rating"))[1]).toBe("field 1,640,480,3,5,1,uint16,,3.5");
});

test("who gives it up is not answered", async () => {
  const images = new Images(many(1000));
  const controller = new AbortController();
  const made = tableCsv(
    { sort: "name", selection: null },
    images.fetchPage,
    controller.signal,
    () => controller.abort(),
  );

  await expect(made).rejects.toThrow(/abort/i);
  expect(images.asked).toHaveLength(2);
});
