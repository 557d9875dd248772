import { existsSync } from "node:fs";
import type { CodegenConfig } from "@graphql-codegen/cli";

const schema = [process.env.MICROGRAPH_SCHEMA, "../docs/schema.graphql"].find(
  (path) => path !== undefined && existsSync(path),
);
if (schema === undefined) {
  throw new Error("docs/schema.graphql is missing: print it from the server's schema first.");
}

// Only types come out of this, so the bundle can be built without it.
const config: CodegenConfig = {
  schema,
  documents: ["src/**/*.{ts,tsx,graphql}", "!src/api/generated/**", "!src/**/*.test.*"],
  errorsOnly: true,
  config: {
    useTypeImports: true,
    enumsAsTypes: true,
    avoidOptionals: { field: true },
    skipTypename: true,
    immutableTypes: true,
    scalars: { Color: "string", DateTime: "string", ID: "string", Long: "number" },
    strictScalars: true,
  },
  pluckConfig: { modules: [], globalGqlIdentifierName: ["graphql"] },
  generates: {
    "src/api/generated/graphql.ts": { plugins: ["typescript-operations"] },
  },
};

export default config;
