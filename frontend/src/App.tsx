import { lazy, Suspense } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { BrowsePage } from "./browse/BrowsePage";
import { t } from "./i18n";
import { SignInAgain } from "./session/SignInAgain";
import { SignInPage } from "./session/SignInPage";
import { useSession } from "./session/session";
import { useVisit } from "./session/visit";
import { NotFoundPage } from "./shell/NotFoundPage";
import { WaitingPage } from "./shell/WaitingPage";

const AdminPage = lazy(async () => ({
  default: (await import("./admin/AdminPage")).AdminPage,
}));
const WelcomePage = lazy(async () => ({
  default: (await import("./learn/WelcomePage")).WelcomePage,
}));
const ViewerPage = lazy(async () => ({
  default: (await import("./viewer/ViewerPage")).ViewerPage,
}));

const AREAS = ["users", "groups", "storage", "audit", "jobs"] as const;

/** The screens by address. */
export function App() {
  // While the answer is on its way the screen already asks for its own things.
  const session = useSession();
  const visit = useVisit(session === null);
  const [place] = useLocation();
  if (session === null && (visit === null || place === "/sign-in")) return <SignInPage />;
  if (session === null && visit === undefined) return null;
  return (
    <Suspense fallback={<WaitingPage title={t("app.loading")} />}>
      {session?.isEnded === true && <SignInAgain person={session} />}
      <Switch>
        <Route path="/">
          <BrowsePage scope={{ kind: "everything" }} />
        </Route>
        <Route path="/browse">
          <BrowsePage scope={{ kind: "everything" }} />
        </Route>
        <Route path="/orphaned">
          <BrowsePage scope={{ kind: "orphaned" }} />
        </Route>
        <Route path="/project/:id">
          {({ id }) => <BrowsePage scope={{ kind: "project", id }} />}
        </Route>
        <Route path="/dataset/:id">
          {({ id }) => <BrowsePage scope={{ kind: "dataset", id }} />}
        </Route>
        {AREAS.map((area) => (
          <Route key={area} path={`/admin/${area}/:id?`}>
            {({ id }: { id?: string }) => <AdminPage area={area} id={id} />}
          </Route>
        ))}
        <Route path="/admin">
          <Redirect to="/admin/users" replace />
        </Route>
        <Route path="/account">
          <AdminPage area="account" />
        </Route>
        <Route path="/welcome">
          <WelcomePage />
        </Route>
        <Route path="/sign-in">
          <Redirect to="/" replace />
        </Route>
        <Route path="/i/:id">{({ id }) => <ViewerPage key={id} imageId={id} />}</Route>
        <Route path="/image/:id">{({ id }) => <Redirect to={`/i/${id}`} replace />}</Route>
        <Route>
          <NotFoundPage />
        </Route>
      </Switch>
    </Suspense>
  );
}
