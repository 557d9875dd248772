/** Queries to begin with: one file a task, run by the server's tests as well. */
export interface Example {
  readonly title: string;
  readonly query: string;
}

const files = import.meta.glob<string>("./examples/*.graphql", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** A file's first line is a comment that says what the query is for. */
export function parseExample(text: string): Example {
  const title = /^#\s*(.+)/.exec(text)?.[1]?.trim() ?? "";
  return { title, query: text.trim() };
}

/** All examples, in the order of their files' names. */
export const examples: readonly Example[] = Object.entries(files)
  .toSorted(([one], [other]) => one.localeCompare(other))
  .map(([, text]) => parseExample(text));
