/** Changes of things, each with the way back. */

import type { TypedDocument } from "../api/document";
import { ApiError } from "../api/errors";
import type {
  DatasetFilter,
  KeyValueInput,
  PlateFilter,
  SelectionInput,
} from "../api/generated/graphql";
import { gql } from "../api/gql";
import { toast } from "../ui/toasts";
import { remember } from "../ui/undo";
import * as d from "./documents";
import { changed, type Touched } from "./state";
import type { Targets } from "./targets";
import { things, w } from "./words";

/** The most things that the server changes at once. */
const AT_ONCE = 10_000;
const PAGE = 500;

interface Outcome {
  readonly applied: boolean;
  readonly items: readonly {
    readonly id: string | null;
    readonly status: string;
    readonly error: {
      readonly code: string;
      readonly message: string;
      readonly remedy: string;
    } | null;
  }[];
}

/** Ids of what was changed. Throws the first error when nothing was. */
export function idsDone(outcome: Outcome): string[] {
  const failed = outcome.items.find((item) => item.error !== null)?.error;
  if (!outcome.applied && failed != null) {
    throw new ApiError(failed.code, failed.message, failed.remedy);
  }
  return outcome.items
    .filter((item) => item.status === "DONE" && item.id !== null)
    .map((item) => item.id as string);
}

async function ask<Variables>(
  document: TypedDocument<{ readonly result: Outcome }, Variables>,
  variables: Variables,
): Promise<string[]> {
  return idsDone((await gql(document, variables)).result);
}

/** The targets as arguments: one selection, or pieces of ids that the server takes at once. */
async function pieces(
  targets: Targets,
): Promise<{ ids: string[] | null; selection: SelectionInput | null }[]> {
  if (targets.ids === null && targets.count <= AT_ONCE) {
    return [{ ids: null, selection: { images: targets.filter } }];
  }
  const ids = await idsOf(targets);
  return chunks(ids, AT_ONCE).map((piece) => ({ ids: piece, selection: null }));
}

/** The ids of all targets. */
export async function idsOf({ ids, filter }: Targets): Promise<string[]> {
  if (ids !== null) return [...ids];
  const found: string[] = [];
  let after: string | null = null;
  do {
    const { images }: Awaited<ReturnType<typeof imagePage>> = await imagePage(filter ?? {}, after);
    found.push(...images.nodes.map((image) => image.id));
    after = images.pageInfo.hasNextPage ? images.pageInfo.endCursor : null;
  } while (after !== null);
  return found;
}

const imagePage = (filter: NonNullable<Targets["filter"]>, after: string | null) =>
  gql(d.imageIds, { filter, first: PAGE, after });

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, at) => items.slice(at * size, (at + 1) * size));
}

/** Do something for all pieces of ids; those that were changed. */
async function each(
  ids: readonly string[],
  run: (piece: string[]) => Promise<string[]>,
): Promise<string[]> {
  const done: string[] = [];
  for (const piece of chunks(ids, AT_ONCE)) done.push(...(await run(piece)));
  return done;
}

/** Remember a change with its way back; nothing of a change that changed nothing. */
function made(
  touched: Touched,
  title: string,
  done: readonly string[],
  back: () => Promise<unknown>,
  again: () => Promise<unknown>,
): void {
  if (done.length === 0) {
    toast(w("problem.none"));
    return;
  }
  changed(touched);
  remember({
    title,
    undo: async () => {
      await back();
      changed(touched);
    },
    redo: async () => {
      await again();
      changed(touched);
    },
  });
}

export async function tag(targets: Targets, tags: string[]): Promise<void> {
  await retag(targets, tags, []);
}

/** Put a tag on things, or take it off them; the ids of those where that changed something. */
async function turn(
  name: string,
  isOn: boolean,
  part: { ids: string[] | null; selection: SelectionInput | null },
): Promise<string[]> {
  const tags = [name];
  return isOn
    ? ask(d.addTags, { tags, idempotencyKey: null, ...part })
    : ask(d.removeTags, { tags, ...part });
}

/** Put tags on all of the things and take others off all; taken back where it changed something. */
export async function retag(targets: Targets, on: string[], off: string[]): Promise<void> {
  const steps = [
    ...on.map((name) => ({ name, isOn: true })),
    ...off.map((name) => ({ name, isOn: false })),
  ];
  // What a filter finds may be another thing after the first step.
  const parts = await pieces(
    steps.length > 1 && targets.ids === null ? { ...targets, ids: await idsOf(targets) } : targets,
  );
  const did: { name: string; isOn: boolean; ids: string[] }[] = [];
  for (const step of steps) {
    const ids: string[] = [];
    for (const part of parts) ids.push(...(await turn(step.name, step.isOn, part)));
    did.push({ ...step, ids });
  }
  const all = [...new Set(did.flatMap(({ ids }) => ids))];
  const repeat = async (back: boolean): Promise<void> => {
    for (const { name, isOn, ids } of did)
      await each(ids, (some) => turn(name, isOn !== back, { ids: some, selection: null }));
  };
  const done = off.length === 0 ? "tag.done" : on.length === 0 ? "tag.removed" : "tag.changed";
  const what = { things: things(targets.type, all.length), tags: [...on, ...off].join(", ") };
  const [undo, redo] = [() => repeat(true), () => repeat(false)];
  made("annotations", w(done, what), all, undo, redo);
}

const NAMED_MAX = 1000;

/** How many of the things have which tags, by name. */
export async function tagsOf({ type, ids, filter }: Targets): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const filters =
    ids === null ? [filter] : chunks(ids, NAMED_MAX).map((part) => ({ id: { in: part } }));
  for (const asked of filters) {
    const answer = await gql(d.tagCounts, {
      isImages: type === "Image",
      isDatasets: type === "Dataset",
      isPlates: type === "Plate",
      images: type === "Image" ? asked : null,
      datasets: type === "Dataset" ? (asked as DatasetFilter) : null,
      plates: type === "Plate" ? (asked as PlateFilter) : null,
    });
    const list = answer.images ?? answer.datasets ?? answer.plates;
    for (const { value, count } of list?.facet.values ?? [])
      found.set(value, (found.get(value) ?? 0) + count);
  }
  return found;
}

export async function untag(targets: Targets, tags: string[]): Promise<void> {
  const done: string[] = [];
  for (const piece of await pieces(targets)) {
    done.push(...(await ask(d.removeTags, { tags, ...piece })));
  }
  made(
    "annotations",
    w("tag.removed", { things: things(targets.type, done.length), tags: tags.join(", ") }),
    done,
    () => each(done, (ids) => ask(d.addTags, { tags, ids, selection: null, idempotencyKey: null })),
    () => each(done, (ids) => ask(d.removeTags, { tags, ids, selection: null })),
  );
}

type Known = Awaited<ReturnType<typeof known>>[number];

async function known(ids: readonly string[]) {
  const found = [];
  for (const piece of chunks(ids, PAGE)) {
    const { nodes } = await gql(d.before, { ids: piece });
    found.push(...nodes.filter((node) => node !== null));
  }
  return found as {
    id: string;
    rating: { mine: number | null };
    keyValues: readonly {
      key: string;
      value: string;
      namespace: string | null;
      annotation: { canEdit: boolean; owner: { userName: string } } | null;
    }[];
  }[];
}

/** Ids by what they had, so that each group is brought back at once. */
function grouped<Value>(
  nodes: readonly Known[],
  valueOf: (node: Known) => Value,
): { ids: string[]; value: Value }[] {
  const groups = new Map<string, { ids: string[]; value: Value }>();
  for (const node of nodes) {
    const value = valueOf(node);
    const name = JSON.stringify(value);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, { ids: [node.id], value });
    else group.ids.push(node.id);
  }
  return [...groups.values()];
}

const setRating = (ids: string[], rating: number | null): Promise<string[]> =>
  ask(d.rate, { rating, ids, selection: null });

export async function rate(targets: Targets, rating: number | null): Promise<void> {
  const before = await known(await idsOf(targets));
  const all = before.map((node) => node.id);
  const done = new Set(await each(all, (ids) => setRating(ids, rating)));
  const groups = grouped(
    before.filter((node) => done.has(node.id)),
    (node) => node.rating.mine,
  );
  made(
    "annotations",
    w("rate.done", { things: things(targets.type, done.size) }),
    [...done],
    async () => {
      for (const { ids, value } of groups) await each(ids, (piece) => setRating(piece, value));
    },
    () => each([...done], (ids) => setRating(ids, rating)),
  );
}

/** Namespace of the key–values that people edit by hand. */
const BY_HAND = "openmicroscopy.org/omero/client/mapAnnotation";

/** The pairs of a thing that a person wrote by hand and may replace. */
export function ownPairs(pairs: Known["keyValues"], person: string): KeyValueInput[] {
  return pairs
    .filter(
      ({ namespace, annotation }) =>
        (namespace === null || namespace === BY_HAND) && annotation?.owner.userName === person,
    )
    .map(({ key, value }) => ({ key, value }));
}

type PairMode = "REPLACE_KEYS" | "REPLACE_ALL";

const setPairs = (ids: string[], pairs: KeyValueInput[], mode: PairMode): Promise<string[]> =>
  ask(d.setKeyValues, { pairs, mode, ids, selection: null });

export async function writePairs(
  targets: Targets,
  pairs: KeyValueInput[],
  mode: PairMode,
  person: string,
): Promise<void> {
  const before = await known(await idsOf(targets));
  const all = before.map((node) => node.id);
  const done = new Set(await each(all, (ids) => setPairs(ids, pairs, mode)));
  const groups = grouped(
    before.filter((node) => done.has(node.id)),
    (node) => ownPairs(node.keyValues, person),
  );
  made(
    "annotations",
    w("pairs.done", { things: things(targets.type, done.size) }),
    [...done],
    async () => {
      for (const { ids, value } of groups) {
        await each(ids, (piece) => setPairs(piece, value, "REPLACE_ALL"));
      }
    },
    () => each([...done], (ids) => setPairs(ids, pairs, mode)),
  );
}

export async function comment(targets: Targets, text: string): Promise<void> {
  const written: string[] = [];
  const write = async (): Promise<string[]> => {
    const done: string[] = [];
    written.length = 0;
    for (const piece of await pieces(targets)) {
      const some = await ask(d.comment, { text, ...piece });
      done.push(...some);
      const [first] = some;
      if (first === undefined) continue;
      const { node } = await gql(d.newestComments, { id: first });
      const newest = (
        node as { comments?: { nodes: readonly { id: string; textValue: string | null }[] } } | null
      )?.comments?.nodes[0];
      if (newest?.textValue === text) written.push(newest.id);
    }
    return done;
  };
  const done = await write();
  made(
    "annotations",
    w("comment.done", { things: things(targets.type, done.length) }),
    done,
    async () => {
      if (written.length === 0) throw new ApiError("not_found", w("problem.alien"));
      await ask(d.removeAnnotations, { annotations: [...written], ids: done });
    },
    write,
  );
}

/** Take a comment off a thing; it is written anew when that is undone. */
export async function uncomment(targets: Targets, id: string): Promise<void> {
  const ids = [...(targets.ids ?? [])];
  const { node } = await gql(d.commentText, { id });
  const text = (node as { textValue?: string | null } | null)?.textValue ?? "";
  let last = id;
  const off = (): Promise<string[]> => ask(d.removeAnnotations, { annotations: [last], ids });
  await off();
  made(
    "annotations",
    w("comment.removed"),
    ids,
    async () => {
      await ask(d.comment, { text, ids, selection: null });
      const answer = await gql(d.newestComments, { id: ids[0] ?? "" });
      const comments = (answer.node as { comments?: { nodes: readonly { id: string }[] } } | null)
        ?.comments;
      last = comments?.nodes[0]?.id ?? last;
    },
    off,
  );
}

/** Put things somewhere: out of where they are seen, or beside it. */
export async function place(
  targets: Targets,
  to: { id: string; name: string },
  isLink: boolean,
): Promise<void> {
  if (to.id.startsWith("TagAnnotation:")) {
    await tag(targets, [to.name]);
    return;
  }
  const all = await idsOf(targets);
  const from = isLink ? null : targets.from;
  if (from === to.id) {
    toast(w("move.same"));
    return;
  }
  const put = (ids: string[]): Promise<string[]> => ask(d.move, { ids, from, to: to.id });
  const done = await each(all, put);
  const back = (ids: string[]): Promise<string[]> =>
    from === null
      ? ask(d.unlink, { parents: [to.id], children: ids })
      : ask(d.move, { ids, from: to.id, to: from });
  made(
    "places",
    w(from === null ? "move.linked" : "move.done", {
      things: things(targets.type, done.length),
      name: to.name,
    }),
    done,
    () => each(done, back),
    () => each(done, put),
  );
}

export async function takeOut(targets: Targets): Promise<void> {
  const { from } = targets;
  if (from === null) return;
  const out = (ids: string[]): Promise<string[]> =>
    ask(d.unlink, { parents: [from], children: ids });
  const all = await idsOf(targets);
  await each(all, out);
  made(
    "places",
    w("unlink.done", { things: things(targets.type, all.length) }),
    all,
    () => each(all, (ids) => ask(d.link, { parents: [from], children: ids })),
    () => each(all, out),
  );
}

/** What deleting would take along; nothing is changed. */
export async function deletion(targets: Targets) {
  const ids = await idsOf(targets);
  const { result } = await gql(d.remove, { ids, dryRun: true });
  const failed = result.items.find((item) => item.error !== null)?.error;
  if (failed != null) throw new ApiError(failed.code, failed.message, failed.remedy);
  return { ids, report: result.report };
}

export async function toTrash(targets: Targets, ids: string[]): Promise<void> {
  const out = async (): Promise<void> => {
    idsDone((await gql(d.remove, { ids, dryRun: false })).result);
  };
  await out();
  made(
    "places",
    w("delete.done", { things: things(targets.type, ids.length) }),
    ids,
    async () => idsDone((await gql(d.restore, { ids })).result),
    out,
  );
}

export async function make(
  kind: "Project" | "Dataset",
  name: string,
  description: string,
  project: string | null,
): Promise<string | null> {
  const items = [{ name, description: description === "" ? null : description }];
  const done =
    kind === "Project"
      ? await ask(d.createProject, { items })
      : await ask(d.createDataset, { items, project });
  made(
    "places",
    w("new.done", { name }),
    done,
    async () => idsDone((await gql(d.remove, { ids: done, dryRun: false })).result),
    async () => idsDone((await gql(d.restore, { ids: done })).result),
  );
  return done[0] ?? null;
}

const UPDATES = {
  Image: d.updateImage,
  Dataset: d.updateDataset,
  Project: d.updateProject,
  Screen: d.updateScreen,
  Plate: d.updatePlate,
} as const;

/** Words of a thing, and which version they are of. */
export interface Described {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly description: string;
  readonly who: string;
  readonly time: string;
}

/** Name and description as they are on the server now. */
export async function describedNow(id: string): Promise<Described> {
  const { node } = await gql(d.described, { id });
  if (node === null) throw new ApiError("not_found", `${id.replace(":", " ")} is no longer there.`);
  const now = node as unknown as {
    id: string;
    version: number;
    name?: string;
    description?: string | null;
    updated: {
      time: string;
      experimenter: { userName: string; firstName: string; lastName: string };
    };
  };
  const { userName, firstName, lastName } = now.updated.experimenter;
  return {
    id: now.id,
    version: now.version,
    name: now.name ?? "",
    description: now.description ?? "",
    who: [firstName, lastName].filter(Boolean).join(" ") || userName,
    time: now.updated.time,
  };
}

/** Write name and description over the version that was read. Throws `conflict`. */
export async function describe(
  was: Described,
  words: { name: string; description: string },
): Promise<void> {
  const write = async (version: number, next: typeof words): Promise<string[]> => {
    const type = was.id.slice(0, was.id.indexOf(":")) as keyof typeof UPDATES;
    const description = next.description === "" ? null : next.description;
    const item = { id: was.id, version, name: next.name, description };
    return ask(UPDATES[type], { items: [item] });
  };
  const done = await write(was.version, words);
  const anew = async (next: typeof words): Promise<void> => {
    await write((await describedNow(was.id)).version, next);
  };
  made(
    "places",
    w("rename.done", { name: words.name }),
    done,
    () => anew(was),
    () => anew(words),
  );
}
