import { w } from "./words";
import type { Me } from "./documents";

/** What people and groups have stored, and how much they may. */
export function StoragePage({ me: _ }: { me: Me }) {
  return <h1>{w("storage.title")}</h1>;
}

/** What one account or group has stored. */
export function StorageOf(_: { id: string; me: Me }) {
  return null;
}
