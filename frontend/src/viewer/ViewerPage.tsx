import "./commands";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { Link } from "wouter";
import { asApiError } from "../api/errors";
import { AppShell } from "../shell/AppShell";
import { Button } from "../ui/Button";
import { EmptyState } from "../ui/EmptyState";
import type { IconName } from "../ui/Icon";
import { openImage } from "./data/imageFacts";
import { imageQuery } from "./data/imageQuery";
import { windowAddress } from "./state/addressSync";
import { Session } from "./state/session";
import { Viewer } from "./Viewer";
import { w, type Word } from "./words";
import styles from "./ViewerPage.module.css";

/** One image, to be looked at. */
export function ViewerPage({ imageId }: { imageId: string }) {
  const answer = useQuery(imageQuery(imageId));
  const opened = useMemo(
    () => (answer.data?.image ? openImage(answer.data.image) : null),
    [answer.data],
  );
  const session = useMemo(
    () => (opened ? new Session(opened.facts, opened.base, windowAddress) : null),
    [opened],
  );
  useEffect(() => {
    if (!session) return undefined;
    const reread = () => session.readAddress();
    window.addEventListener("popstate", reread);
    return () => {
      window.removeEventListener("popstate", reread);
      session.dispose();
    };
  }, [session]);

  if (session) return <Viewer session={session} imageId={imageId} />;
  const retry = () => void answer.refetch();
  if (answer.isPending) return <Opening imageId={imageId} />;
  if (answer.error) return <Failed imageId={imageId} error={answer.error} onRetry={retry} />;
  if (!answer.data.image) return <Gone imageId={imageId} />;
  return <Problem word="state.noPixels" text={w("state.noPixelsText")} imageId={imageId} />;
}

export default ViewerPage;

/** The thumbnail, blurred, is there before anything is known about the image. */
function Opening({ imageId }: { imageId: string }) {
  const title = w("state.opening");
  const numeric = /^\d+$/.test(imageId);
  return (
    <AppShell screen="viewer" context="viewer" title={title}>
      <div className={styles.opening}>
        {numeric && (
          <img className={styles.thumbnail} src={`/thumbnails/${imageId}.jpg?size=512`} alt="" />
        )}
        <output className={styles.status}>{title}</output>
      </div>
    </AppShell>
  );
}

function Gone({ imageId }: { imageId: string }) {
  return <Problem word="state.gone" text={w("state.goneText")} imageId={imageId} />;
}

function Failed({ imageId, error, onRetry }: { imageId: string; error: unknown; onRetry(): void }) {
  const { code, message, remedy, request } = asApiError(error);
  if (code === "not_found") return <Gone imageId={imageId} />;
  const known: Record<string, [Word, string]> = {
    not_signed_in: ["state.signedOut", w("state.signedOutText")],
    offline: ["state.offline", w("state.offlineText")],
  };
  const [word, text] = known[code] ?? ["state.failed", [message, remedy].filter(Boolean).join(" ")];
  const details = [code, message, remedy, request, window.location.href].filter(Boolean).join("\n");
  return (
    <Problem word={word} text={text} imageId={imageId} icon="warning">
      <Button look="primary" icon="retry" onPress={onRetry}>
        {w("state.retry")}
      </Button>
      <Button
        look="outline"
        icon="copy"
        onPress={() => void navigator.clipboard?.writeText(details)}
      >
        {w("state.copy")}
      </Button>
    </Problem>
  );
}

function Problem({
  word,
  text,
  imageId,
  icon = "image",
  children,
}: {
  word: Word;
  text: string;
  imageId: string;
  icon?: IconName;
  children?: React.ReactNode;
}) {
  const title = w(word, { id: imageId });
  return (
    <AppShell screen="viewer" context="viewer" title={title}>
      <EmptyState icon={icon} title={title} text={text} isAlert isPage>
        {children}
        <Link href="/">{w("state.home")}</Link>
      </EmptyState>
    </AppShell>
  );
}
