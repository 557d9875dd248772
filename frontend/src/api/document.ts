/** A GraphQL document that knows, for the type checker only, what it asks and what it answers. */
export interface TypedDocument<Result, Variables> {
  readonly source: string;
  readonly name: string;
  readonly __types?: (variables: Variables) => Result;
}

/**
 * Mark a template literal as a GraphQL document.
 *
 * The function's name is how the code generator finds documents (codegen.ts); the types come from
 * api/generated: ``graphql<ImageQuery, ImageQueryVariables>(`query Image …`, [ImageCard])``.
 *
 * @param source The operation or fragment.
 * @param fragments The fragments it spreads, each once.
 */
export function graphql<Result = unknown, Variables = unknown>(
  source: string,
  fragments: readonly TypedDocument<unknown, unknown>[] = [],
): TypedDocument<Result, Variables> {
  const name = /\b(?:query|mutation|fragment)\s+(\w+)/.exec(source)?.[1] ?? "anonymous";
  return { source: [dedent(source), ...fragments.map((each) => each.source)].join("\n\n"), name };
}

function dedent(text: string): string {
  const lines = text.replace(/^\s*\n|\s+$/g, "").split("\n");
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/));
  const indent = Math.min(...indents);
  return lines.map((line) => line.slice(indent)).join("\n");
}
