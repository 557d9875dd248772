import { expect, test } from "vitest";
import { embedOf } from "./embed";
import { sharedAt } from "./state";

test("an address of an image, with how it is seen, is something to share", () => {
  expect(sharedAt("/i/12", "?z=3&c=1:0-9")).toEqual({ id: "Image:12", state: "z=3&c=1:0-9" });
  expect(sharedAt("/dataset/5", "")).toEqual({ id: "Dataset:5", state: "" });
});

test("lists and other pages are nothing to share", () => {
  for (const path of ["/", "/browse", "/orphaned", "/admin/users/7", "/i/x", "/account"]) {
    expect(sharedAt(path, "")).toBeNull();
  }
});

test("a snippet holds a hostile name as text", () => {
  const snippet = embedOf("http://x/s/mgs_1", '"><script>alert(1)</script>');

  document.body.innerHTML = snippet;
  const frame = document.querySelector("iframe");
  expect(document.querySelector("script")).toBeNull();
  expect(frame?.title).toBe('"><script>alert(1)</script>');
  document.body.innerHTML = "";
});
