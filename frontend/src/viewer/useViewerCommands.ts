/** What the viewer's commands do. */

import { useCommandHandlers } from "../commands/registry";
import { channelCommand, DIGITS, type ViewerCommand } from "./commands";
import { focusCanvas } from "./panels/ToolRail";
import type { Session } from "./state/session";
import { turnedBack } from "./state/turn";
import { soloed, toggled } from "./state/view";

/** Share of the viewport that one arrow key moves. */
const PAN_SHARE = 0.1;
const ZOOM_STEP = Math.SQRT2;

export interface Neighbours {
  readonly previous: (() => void) | null;
  readonly next: (() => void) | null;
  readonly close: () => void;
}

export function useViewerCommands(session: Session | null, neighbours: Neighbours): void {
  const handlers: Partial<Record<ViewerCommand, () => void>> = {
    ...(session && imageCommands(session)),
    "viewer.close": () => {
      if (document.activeElement?.closest("[data-viewer-panel]")) focusCanvas();
      else neighbours.close();
    },
    ...(neighbours.previous ? { "viewer.previousImage": neighbours.previous } : {}),
    ...(neighbours.next ? { "viewer.nextImage": neighbours.next } : {}),
  };
  useCommandHandlers(handlers);
}

function imageCommands(session: Session): Handlers {
  return {
    ...cameraCommands(session),
    ...planeCommands(session),
    ...renderingCommands(session),
    ...channelCommands(session),
  };
}

type Handlers = Partial<Record<ViewerCommand, () => void>>;

function cameraCommands(session: Session): Handlers {
  const pan = (x: number, y: number, share: number) => () => {
    const stage = session.stage.value;
    if (!stage) return;
    const { width, height } = stage.view.value.viewport;
    stage.grab();
    const by = turnedBack(session.view.value, -x * share, -y * share);
    stage.pan(by.x * width, by.y * height);
  };
  return {
    "viewer.zoomIn": () => session.stage.value?.zoomBy(ZOOM_STEP),
    "viewer.zoomOut": () => session.stage.value?.zoomBy(1 / ZOOM_STEP),
    "viewer.fit": () => session.stage.value?.fit(),
    "viewer.actual": () => session.stage.value?.zoomTo(1),
    "viewer.panLeft": pan(-1, 0, PAN_SHARE),
    "viewer.panRight": pan(1, 0, PAN_SHARE),
    "viewer.panUp": pan(0, -1, PAN_SHARE),
    "viewer.panDown": pan(0, 1, PAN_SHARE),
    "viewer.halfLeft": pan(-1, 0, 0.5),
    "viewer.halfRight": pan(1, 0, 0.5),
    "viewer.halfUp": pan(0, -1, 0.5),
    "viewer.halfDown": pan(0, 1, 0.5),
    "viewer.navigator": () => session.change({ navigator: !session.view.value.navigator }),
    "viewer.rois": () => {
      const isOpen = session.view.value.tab === "rois";
      session.change({ tab: isOpen ? "channels" : "rois", rois: !isOpen });
    },
    "viewer.scaleBar": () => session.change({ scaleBar: !session.view.value.scaleBar }),
  };
}

function planeCommands(session: Session): Handlers {
  const step = (axis: "z" | "t", by: number) => () => session.step(axis, by);
  return {
    "viewer.zPrevious": step("z", -1),
    "viewer.zNext": step("z", 1),
    "viewer.zBack10": step("z", -10),
    "viewer.zOn10": step("z", 10),
    "viewer.tPrevious": step("t", -1),
    "viewer.tNext": step("t", 1),
    "viewer.tBack10": step("t", -10),
    "viewer.tOn10": step("t", 10),
    "viewer.play": () => session.togglePlay(),
  };
}

function renderingCommands(session: Session): Handlers {
  return {
    "viewer.auto": () => session.autoContrast(),
    "viewer.autoFocused": () => {
      const row = document.activeElement?.closest<HTMLElement>("[data-channel]");
      session.autoContrast(Number(row?.dataset["channel"] ?? 0));
    },
    "viewer.grey": () => session.toggleGrey(),
    "viewer.reset": () => session.reset(),
    "viewer.undo": () => session.undo(),
    "viewer.redo": () => session.redo(),
  };
}

function channelCommands(session: Session): Record<string, () => void> {
  const handlers: Record<string, () => void> = {};
  const count = Math.min(DIGITS, session.facts.channels.length);
  for (let number = 1; number <= count; number += 1) {
    const index = number - 1;
    handlers[channelCommand("channel", number)] = () =>
      session.replace(toggled(session.view.value, index));
    handlers[channelCommand("solo", number)] = () =>
      session.replace(soloed(session.view.value, index));
    handlers[channelCommand("focusChannel", number)] = () =>
      document.querySelector<HTMLElement>(`[data-channel="${index}"] input[type=range]`)?.focus();
  }
  return handlers;
}
