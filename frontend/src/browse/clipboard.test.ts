import { beforeEach, expect, test } from "vitest";
import { useOrganise } from "../organise/state";
import { named } from "../organise/targets";
import { useToasts } from "../ui/toasts";
import { clip, clipKey, paste, useClip } from "./clipboard";

const chosen = { id: "Dataset:2", name: "Chosen" };
const images = named("Image", ["Image:1", "Image:2"], "Dataset:1");

beforeEach(() => {
  useClip.setState({ clip: null });
  useOrganise.setState({ ask: null });
  useToasts.setState({ shown: [] });
});

test("what was cut is moved once, what was copied is put into one place after the other", () => {
  clip(images, false);
  paste(chosen);
  expect(useOrganise.getState().ask).toEqual({
    kind: "drop",
    targets: images,
    to: "Dataset:2",
    name: "Chosen",
    isLink: false,
  });
  expect(useClip.getState().clip).toBeNull();

  clip(images, true);
  paste(chosen);
  paste({ id: "Dataset:3", name: "Other" });
  expect(useOrganise.getState().ask).toMatchObject({ to: "Dataset:3", isLink: true });
});

test("what cannot be taken is said and kept", () => {
  clip(images, false);
  paste({ id: "Project:1", name: "Samples" });
  expect(useOrganise.getState().ask).toBeNull();
  expect(useToasts.getState().shown.at(-1)?.text).toContain("cannot be put");
  expect(useClip.getState().clip?.targets).toBe(images);
});

test("there is nothing to paste before something was cut", () => {
  paste(chosen);
  expect(useToasts.getState().shown.at(-1)?.text).toContain("Nothing was cut");
});

test("keys with Ctrl alone are those of cut, copy and paste", () => {
  const stroke = { key: "x", ctrlKey: true, metaKey: false, altKey: false, shiftKey: false };
  expect(clipKey(stroke)).toBe("cut");
  expect(clipKey({ ...stroke, key: "V" })).toBe("paste");
  expect(clipKey({ ...stroke, ctrlKey: false })).toBeNull();
  expect(clipKey({ ...stroke, shiftKey: true })).toBeNull();
  expect(clipKey({ ...stroke, key: "z" })).toBeNull();
});
