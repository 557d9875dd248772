/** Whose images a browser screen shows; ids are the numbers of addresses. */
export type Scope = { readonly kind: "everything" } | { readonly kind: "orphaned" } | About;

/** A scope that is about one thing. */
export interface About {
  readonly kind: ScopeKind;
  readonly id: string;
}

/** Scopes that are about one thing. */
export type ScopeKind = "project" | "dataset" | "screen" | "plate" | "tag";

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

/** What a scope lists. */
export function listedIn(scope: Scope): "Image" | "Dataset" | "Plate" {
  if (scope.kind === "project") return "Dataset";
  return scope.kind === "screen" ? "Plate" : "Image";
}

const TYPES: Record<ScopeKind, string> = {
  project: "Project",
  dataset: "Dataset",
  screen: "Screen",
  plate: "Plate",
  tag: "TagAnnotation",
};

/** The global id of the thing that a scope is about; null for the others. */
export function idOf(scope: Scope): string | null {
  return "id" in scope ? `${TYPES[scope.kind]}:${scope.id}` : null;
}
