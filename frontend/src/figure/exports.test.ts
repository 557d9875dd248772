import { expect, test } from "vitest";
import { viewKeys } from "./ExportHost";
import { exportAddress, exportJob } from "./exports";

test("an export's address names its things and what is said of pictures", () => {
  expect(exportAddress(["Image:1", "Image:2"], "png", { size: "512", bar: "none" })).toBe(
    "/export/Image:1,Image:2.png?size=512&bar=none",
  );
  expect(exportAddress(["Plate:3"], "ozx", { labels: "shapes" })).toBe(
    "/export/Plate:3.ozx?labels=shapes",
  );
  expect(exportAddress(["Image:1"], "originals", {})).toBe("/archive?ids=Image:1");
});

test("a job makes the same file as the address", () => {
  expect(exportJob(["Image:1"], "ome.tiff", {})).toEqual({
    ids: ["Image:1"],
    format: "OME_TIFF",
    options: null,
  });
  expect(exportJob(["Plate:3"], "jpg", { size: "512", text: "a b" })).toEqual({
    ids: ["Plate:3"],
    format: "JPEG",
    options: "size=512&text=a+b",
  });
  expect(exportJob(["Image:1"], "originals", {})).toBeNull();
});

test("a picture shows the plane and channels that the viewer shows", () => {
  expect(viewKeys("?z=3&xy=10,20&zm=2&c=1:5-9,-2&tab=info")).toEqual({ z: "3", c: "1:5-9,-2" });
});
