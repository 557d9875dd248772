import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./graphiql.css";
import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";
import { usePreferences } from "../shell/preferences";
import { examples } from "./examples";

/** What GraphiQL asks with: our own address, our own cookie. */
async function fetcher(params: unknown): Promise<unknown> {
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
    // Only JSON comes back; GraphiQL's type also knows streams.
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
