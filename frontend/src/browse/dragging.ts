import { type DragEvent, useState } from "react";
import type { Targets } from "../organise/targets";
import type { Container } from "./treeStore";

/** What is being dragged within this page; files from outside are the importer's. */
let dragged: Targets | null = null;
const MARK = "application/x-micrograph";

/** Begin to drag things of the browser. */
export function startDrag(event: DragEvent, targets: Targets): void {
  dragged = targets;
  event.dataTransfer.setData(MARK, String(targets.count));
  event.dataTransfer.effectAllowed = "copyMove";
}

/** What was dragged, once it is dropped. */
export function takeDragged(): Targets | null {
  const taken = dragged;
  dragged = null;
  return taken;
}

/** Handlers that let things be dropped on a row: moved, or with Alt put there, too. */
export function useDropTarget(
  target: Container | null,
  onDrop: (target: Container, isLink: boolean) => void,
) {
  const [isOver, setOver] = useState(false);
  const accepts = (event: DragEvent): boolean =>
    target !== null && dragged !== null && event.dataTransfer.types.includes(MARK)
      ? canTake(target.id, dragged.type)
      : false;
  return {
    isOver,
    onDragOver: (event: DragEvent): void => {
      if (!accepts(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = event.altKey ? "copy" : "move";
      setOver(true);
    },
    onDragLeave: (): void => setOver(false),
    onDrop: (event: DragEvent): void => {
      setOver(false);
      if (target === null || !accepts(event)) return;
      event.preventDefault();
      onDrop(target, event.altKey);
    },
  };
}

const TAKEN: Record<string, readonly string[]> = {
  Dataset: ["Image"],
  TagAnnotation: ["Image", "Dataset", "Plate"],
  Project: ["Dataset"],
  Screen: ["Plate"],
};

/** Whether things of a type can be put into a thing. */
export function canTake(targetId: string, type: Targets["type"]): boolean {
  return TAKEN[targetId.slice(0, targetId.indexOf(":"))]?.includes(type) ?? false;
}
