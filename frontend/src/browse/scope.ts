/** Whose images a browser screen shows. */
export type Scope =
  | { readonly kind: "everything" }
  | { readonly kind: "orphaned" }
  | { readonly kind: "project"; readonly id: string }
  | { readonly kind: "dataset"; readonly id: string };
