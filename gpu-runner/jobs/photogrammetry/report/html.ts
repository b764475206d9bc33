/** Markup in which everything that is put in is escaped: file names and messages in a report are whatever a user made them. */

/** Text that is markup already. Only `html` makes it from its own literal parts. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: null, undefined and false vanish, text is escaped. */
export type Part = Markup | string | number | null | undefined | false | readonly Part[];

/** Template tag for HTML and SVG. Values must stand in text or in quoted attributes. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let text = literals[0] ?? "";
  parts.forEach((part, index) => {
    text += render(part) + (literals[index + 1] ?? "");
  });
  return new Markup(text);
}

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(render).join("");
  return escapeText(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
/** Control characters, and those that turn the direction of the text after them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replace(UNPRINTABLE, "\ufffd")
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
