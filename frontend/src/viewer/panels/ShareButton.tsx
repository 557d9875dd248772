import { useLocation } from "wouter";
import { useCommandHandlers } from "../../commands/registry";
import { usePerson } from "../../session/session";
import { sharedAt, useSharing } from "../../sharing/state";
import { Button } from "../../ui/Button";
import { w } from "../words";

/** Opens what can be shared: the address, which is the view, people and links. */
export function ShareButton() {
  const person = usePerson();
  const open = useSharing((state) => state.open);
  const [place] = useLocation();
  const share = (): void => {
    const shared = sharedAt(place, window.location.search);
    if (shared !== null) open(shared);
  };
  useCommandHandlers(person === null ? {} : { "viewer.share": share });
  if (person === null) return null;
  return (
    <Button icon="link" look="outline" onPress={share}>
      {w("share.label")}
    </Button>
  );
}
