import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./graphiql.css";
import { GraphiQL } from "graphiql";
import { createClient } from "graphql-ws";
import { createRoot } from "react-dom/client";
import { usePreferences } from "../shell/preferences";
import { examples } from "./examples";
import { isSubscription } from "./operations";

interface Asked {
  readonly query: string;
  readonly operationName?: string | null;
  readonly variables?: Record<string, unknown> | null;
}

/** Opens a WebSocket with the first subscription, and closes it after the last. */
const listener = createClient({
  url: new URL("/graphql", window.location.href.replace(/^http/, "ws")).href,
  lazy: true,
});

/** What GraphiQL asks with: our own address, our own cookie. */
function fetcher(params: Asked): unknown {
  if (isSubscription(params.query, params.operationName)) {
    return listener.iterate({
      query: params.query,
      operationName: params.operationName ?? null,
      variables: params.variables ?? null,
    });
  }
  return post(params);
}

async function post(params: Asked): Promise<unknown> {
  const response = await fetch("/graphql", {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(params),
  });
  return response.json();
}

const asked = new URLSearchParams(window.location.search);
const { theme } = usePreferences.getState();
const root = document.getElementById("root");
if (root === null) throw new Error("graphiql.html has no #root");

createRoot(root).render(
  <GraphiQL
    // GraphiQL's own type knows more forms of answers than the two that are given.
    fetcher={fetcher as never}
    defaultTabs={examples.map(({ query }) => ({ query }))}
    {...(asked.has("query") ? { initialQuery: asked.get("query") ?? "" } : {})}
    {...(asked.has("variables") ? { initialVariables: asked.get("variables") ?? "" } : {})}
    {...(theme === "system" ? {} : { forcedTheme: theme })}
    isHeadersEditorEnabled={false}
    inputValueDeprecation
    schemaDescription
  >
    <GraphiQL.Logo>
      <a href="/" className="home">
        Micrograph
      </a>
    </GraphiQL.Logo>
  </GraphiQL>,
);
