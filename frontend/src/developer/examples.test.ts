import { parse } from "graphql";
import { expect, test } from "vitest";
import { examples, parseExample } from "./examples";

test.each(examples.map((example) => [example.title, example] as const))(
  "%s: is one named operation",
  (_, { query }) => {
    const { definitions } = parse(query);
    const operations = definitions.filter(({ kind }) => kind === "OperationDefinition");

    expect(operations).toHaveLength(1);
    expect(operations[0]).toHaveProperty("name.value");
  },
);

test("examples have titles of their own", () => {
  const titles = examples.map(({ title }) => title);

  expect(titles.length).toBeGreaterThan(5);
  expect(new Set(titles).size).toBe(titles.length);
  expect(titles).not.toContain("");
});

test("the first comment is the title and stays in the query", () => {
  expect(parseExample("# List\nquery A { b }\n")).toEqual({
    title: "List",
    query: "# List\nquery A { b }",
  });
});
