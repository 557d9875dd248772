import { lazy, Suspense } from "react";
import { Redirect, Route, Switch } from "wouter";
import { BrowsePage } from "./browse/BrowsePage";
import { t } from "./i18n";
import { SignInPage } from "./session/SignInPage";
import { useSession } from "./session/session";
import { NotFoundPage } from "./shell/NotFoundPage";
import { WaitingPage } from "./shell/WaitingPage";

const ViewerPage = lazy(async () => ({
  default: (await import("./viewer/ViewerPage")).ViewerPage,
}));

const PlatePage = lazy(() => import("./plate/PlatePage"));
const PlatesPage = lazy(() => import("./plate/PlatesPage"));
const FigurePage = lazy(() => import("./figure/FigurePage"));
const FiguresPage = lazy(() => import("./figure/FiguresPage"));

/** The screens by address. */
export function App() {
  // While the answer is on its way the screen already asks for its own things.
  if (useSession() === null) return <SignInPage />;
  return (
    <Suspense fallback={<WaitingPage title={t("viewer.loading")} />}>
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
        <Route path="/plates">
          <PlatesPage />
        </Route>
        <Route path="/plate/:id">{({ id }) => <PlatePage key={id} number={id} />}</Route>
        <Route path="/figures">
          <FiguresPage />
        </Route>
        <Route path="/figure/:id?">{({ id }) => <FigurePage number={id ?? null} />}</Route>
        <Route path="/i/:id">{({ id }) => <ViewerPage key={id} imageId={id} />}</Route>
        <Route path="/image/:id">{({ id }) => <Redirect to={`/i/${id}`} replace />}</Route>
        <Route>
          <NotFoundPage />
        </Route>
      </Switch>
    </Suspense>
  );
}
