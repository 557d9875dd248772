/** Saves, resets, copies and pastes how an image is rendered. */

import { graphql } from "../../api/document";
import type {
  ResetRenderingMutation,
  ResetRenderingMutationVariables,
  SaveRenderingMutation,
  SaveRenderingMutationVariables,
} from "../../api/generated/graphql";
import { queryClient } from "../../api/client";
import { ApiError, asApiError } from "../../api/errors";
import { gql } from "../../api/gql";
import { formatChannels, parseChannels } from "../state/channelText";
import type { Session } from "../state/session";
import { formatRendering } from "../state/urlCodec";
import type { ChannelView, View } from "../state/view";
import { x } from "./words";

const saveRendering = graphql<SaveRenderingMutation, SaveRenderingMutationVariables>(`
  mutation SaveRendering($items: [SaveRenderingInput!]!) {
    saveRenderingSettings(items: $items) {
      items { error { code message remedy } }
    }
  }
`);

const resetRendering = graphql<ResetRenderingMutation, ResetRenderingMutationVariables>(`
  mutation ResetRendering($to: RenderingReset!, $ids: [ID!]!) {
    resetRenderingSettings(to: $to, ids: $ids) {
      items { error { code message remedy } }
    }
  }
`);

/** Where a copied rendering waits for the next image, in this browser. */
const COPIED = "micrograph.rendering";

export async function save(session: Session, imageId: string): Promise<void> {
  const { facts, view, base } = session;
  const { z, t } = view.value;
  const text = formatRendering(view.value, base);
  if (text === "" && z === base.z && t === base.t) return session.said.set(x("said.unchanged"));
  const item = {
    image: facts.id,
    defaultZ: z,
    defaultT: t,
    ...(text ? { text: decoded(text) } : {}),
  };
  await told(session, imageId, "said.saved", async () => {
    const { saveRenderingSettings } = await gql(saveRendering, { items: [item as never] });
    check(saveRenderingSettings.items);
    const { channels, model } = session.view.value;
    return { ...base, z, t, channels, model };
  });
}

export async function resetTo(
  session: Session,
  imageId: string,
  to: "OWNER" | "DEFAULT",
): Promise<void> {
  await told(session, imageId, "said.reset", async () => {
    const { resetRenderingSettings } = await gql(resetRendering, { to, ids: [session.facts.id] });
    check(resetRenderingSettings.items);
    session.reset();
    return session.base;
  });
}

/** Everything about the channels, in words that do not depend on this image's own rendering. */
export function copy(session: Session): void {
  const { channels, model } = session.view.value;
  const text = JSON.stringify({ model, channels: formatChannels(channels, channels.map(unlike)) });
  window.localStorage.setItem(COPIED, text);
  session.said.set(x("said.copied"));
}

export function paste(session: Session): void {
  try {
    const text = window.localStorage.getItem(COPIED);
    if (text === null) return session.said.set(x("said.nothing"));
    const { model, channels } = JSON.parse(text) as { model: "c" | "g"; channels: string };
    const { channels: pasted } = parseChannels(channels, session.view.value.channels);
    session.change({ model: model === "g" ? "g" : "c", channels: pasted });
    session.said.set(x("said.pasted"));
  } catch {
    session.said.set(x("said.nothing"));
  }
}

/** A channel that differs in everything, so that a text says all of the other one. */
function unlike(channel: ChannelView): ChannelView {
  return {
    ...channel,
    active: !channel.active,
    start: channel.start - 1,
    end: channel.end + 1,
    color: channel.color === "00000000" ? "FFFFFFFF" : "00000000",
    inverted: !channel.inverted,
    family: channel.family ? null : { name: "polynomial", coefficient: 1 },
  };
}

/** The text of an address as the server's grammar has it. */
function decoded(text: string): string {
  return decodeURIComponent(text);
}

async function told(
  session: Session,
  imageId: string,
  word: "said.saved" | "said.reset",
  act: () => Promise<View>,
): Promise<void> {
  try {
    // What the image's own rendering is has changed: its tiles' addresses and the page's follow.
    session.writeAgainst(await act());
    session.said.set(x(word));
    await queryClient.invalidateQueries({ queryKey: ["viewer", imageId] });
  } catch (error) {
    const { message, remedy } = asApiError(error);
    session.said.set(x("said.failed", { message: [message, remedy].filter(Boolean).join(" ") }));
  }
}

function check(
  items: readonly {
    readonly error: {
      readonly code: string;
      readonly message: string;
      readonly remedy: string | null;
    } | null;
  }[],
): void {
  const error = items.find((item) => item.error !== null)?.error;
  if (error) throw new ApiError(error.code, error.message, error.remedy);
}
