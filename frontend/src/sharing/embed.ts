/** A snippet of HTML that shows what a link shows. */
export function embedOf(address: string, name: string): string {
  return `<iframe src="${escaped(address)}" title="${escaped(name)}" width="800" height="600"></iframe>`;
}

const MARKS: Record<string, string> = { "&": "&amp;", '"': "&quot;", "<": "&lt;", ">": "&gt;" };

function escaped(text: string): string {
  return text.replace(/[&"<>]/g, (mark) => MARKS[mark] ?? mark);
}
