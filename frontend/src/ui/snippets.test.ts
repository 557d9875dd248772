import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { curlOf, pythonOf } from "./snippets";

const hostile = {
  source: 'query Find($text: String!) { search(query: $text) { totalCount } } # """ \\ it\'s "',
  variables: { text: 'a"b\'c\\d\n"""$HOME `id` \u202e' },
};

test("a shell reads the body of the curl command as it was", () => {
  const said = execFileSync("sh", [
    "-c",
    `curl() { for last; do :; done; printf %s "$last"; }\n${curlOf(hostile, "http://x")}`,
  ]);

  expect(JSON.parse(said.toString())).toEqual({
    query: hostile.source,
    variables: hostile.variables,
  });
});

test("the Python program holds the question in literals that end where they should", () => {
  const program = pythonOf(hostile, "http://x");
  const literals = [...program.matchAll(/"""((?:\\.|(?!""")[^\\])*)"""/gs)].map(([, text]) =>
    (text ?? "").replace(/\\(.)/gs, "$1"),
  );

  expect(literals[0]).toBe(hostile.source);
  expect(JSON.parse(literals[1] ?? "")).toEqual(hostile.variables);
});
