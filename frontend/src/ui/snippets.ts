/** A question as people send it from elsewhere. */

interface Question {
  readonly source: string;
  readonly variables: Record<string, unknown>;
}

/** For Python as it comes, without anything to install. The token is taken from the environment. */
export function pythonOf({ source, variables }: Question, origin: string): string {
  return `import json
import os
import urllib.request

QUERY = ${pythonText(source)}
VARIABLES = json.loads(${pythonText(JSON.stringify(variables, null, 2))})

request = urllib.request.Request(
    ${JSON.stringify(`${origin}/graphql`)},
    json.dumps({"query": QUERY, "variables": VARIABLES}).encode(),
    {
        "Content-Type": "application/json",
        "Authorization": "Bearer " + os.environ["MICROGRAPH_TOKEN"],
    },
)
with urllib.request.urlopen(request) as answer:
    print(json.dumps(json.load(answer), indent=2))
`;
}

/** For a shell. */
export function curlOf({ source, variables }: Question, origin: string): string {
  const body = JSON.stringify({ query: source, variables });
  return `curl ${shellText(`${origin}/graphql`)} \\
  -H 'Content-Type: application/json' \\
  -H "Authorization: Bearer $MICROGRAPH_TOKEN" \\
  -d ${shellText(body)}
`;
}

/** A literal of three quotes that reads as the text, whatever it holds. */
function pythonText(text: string): string {
  const safe = text.replaceAll("\\", "\\\\").replaceAll('"""', '\\"\\"\\"');
  return `"""${safe.endsWith('"') ? `${safe.slice(0, -1)}\\"` : safe}"""`;
}

/** A word in single quotes. */
function shellText(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
