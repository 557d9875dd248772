// Audits a GraphQL server by the GraphQL-over-HTTP specification; prints the results as JSON.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [url, token, folder] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${folder}/package.json`));
const { auditServer } = await import(pathToFileURL(require.resolve("graphql-http")).href);
const fetchFn = (address, init = {}) =>
  fetch(address, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });
const results = await auditServer({ url, fetchFn });
const told = results.map(({ id, name, status, reason }) => ({ id, name, status, reason }));
process.stdout.write(JSON.stringify(told));
