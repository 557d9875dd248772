import { lazy, Suspense, useState } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { BrowsePage } from "./browse/BrowsePage";
import { t } from "./i18n";
import { SignInPage } from "./session/SignInPage";
import { type Person, useSession } from "./session/session";
import { useVisit } from "./session/visit";
import { NotFoundPage } from "./shell/NotFoundPage";
import { WaitingPage } from "./shell/WaitingPage";

const ViewerPage = lazy(async () => ({
  default: (await import("./viewer/ViewerPage")).ViewerPage,
}));

const AdminPage = lazy(async () => ({
  default: (await import("./admin/AdminPage")).AdminPage,
}));
const WelcomePage = lazy(async () => ({
  default: (await import("./learn/WelcomePage")).WelcomePage,
}));
const TrashPage = lazy(async () => ({ default: (await import("./trash/TrashPage")).TrashPage }));
const SearchPage = lazy(async () => ({
  default: (await import("./search/SearchPage")).SearchPage,
}));
const SignInAgain = lazy(async () => ({
  default: (await import("./session/SignInAgain")).SignInAgain,
}));
const ComparePage = lazy(() => import("./viewer/compare/ComparePage"));
const PlatePage = lazy(() => import("./plate/PlatePage"));
const PlatesPage = lazy(() => import("./plate/PlatesPage"));
const FigurePage = lazy(() => import("./figure/FigurePage"));
const FiguresPage = lazy(() => import("./figure/FiguresPage"));

const AREAS = ["users", "groups", "storage", "audit", "jobs"] as const;

/** The screens by address; who was signed in and no longer is signs in over the screen. */
export function App() {
  const person = useSession();
  const [last, setLast] = useState<Person | null>(null);
  if (person != null && person !== last) setLast(person);
  // While the answer is on its way the screen already asks for its own things.
  const isStranger = person === null && last === null;
  const visit = useVisit(isStranger);
  const [place] = useLocation();
  if (isStranger && (visit === null || place === "/sign-in")) return <SignInPage />;
  if (isStranger && visit === undefined) return null;
  return (
    <>
      <Screens />
      {person === null && last !== null && (
        <Suspense fallback={null}>
          <SignInAgain user={last.userName} />
        </Suspense>
      )}
    </>
  );
}

function Screens() {
  return (
    <Suspense fallback={<WaitingPage title={t("app.loading")} />}>
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
        <Route path="/screen/:id">
          {({ id }) => <BrowsePage scope={{ kind: "screen", id }} />}
        </Route>
        <Route path="/tag/:id">{({ id }) => <BrowsePage scope={{ kind: "tag", id }} />}</Route>
        <Route path="/trash">
          <TrashPage />
        </Route>
        <Route path="/search">
          <SearchPage />
        </Route>
        <Route path="/plates">
          <PlatesPage />
        </Route>
        <Route path="/plate/:id">{({ id }) => <PlatePage key={id} number={id} />}</Route>
        <Route path="/figures">
          <FiguresPage />
        </Route>
        <Route path="/figure/:id?">{({ id }) => <FigurePage number={id ?? null} />}</Route>
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
        <Route path="/compare">
          <ComparePage />
        </Route>
        <Route path="/image/:id">{({ id }) => <Redirect to={`/i/${id}`} replace />}</Route>
        <Route>
          <NotFoundPage />
        </Route>
      </Switch>
    </Suspense>
  );
}
