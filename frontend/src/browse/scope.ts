/** Whose images a browser screen shows; ids are the numbers of addresses. */
export type Scope =
  | { readonly kind: "everything" }
  | { readonly kind: "orphaned" }
  | { readonly kind: "project"; readonly id: string }
  | { readonly kind: "dataset"; readonly id: string };

/** The address of a scope. */
export function pathOf(scope: Scope): string {
  if (scope.kind === "everything") return "/";
  if (scope.kind === "orphaned") return "/orphaned";
  return `/${scope.kind}/${scope.id}`;
}

/** A name for a scope that is the same for the same scope. */
export function keyOf(scope: Scope): string {
  return "id" in scope ? `${scope.kind}:${scope.id}` : scope.kind;
}
