/**
 * Parameters as people type them: on a command line, in a form. Text becomes what the parameter's JSON Schema asks for; whether
 * the value is allowed is for the schema to say afterwards.
 */

/** The part of JSON Schema that matters here. */
export interface TextParamSchema {
  readonly type?: string;
  readonly multiline?: boolean;
  readonly items?: TextParamSchema;
}

/** `message` completes a sentence that begins with the parameter's name. */
export type ParamText =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string };

/**
 * What texts that were given for one parameter mean: lists by repetition, by commas (`\,` is a comma in an item) or as JSON,
 * objects as JSON, `true` and `false`, numbers. Anything else stays text.
 */
export function readParamText(schema: TextParamSchema, texts: readonly string[]): ParamText {
  if (schema.type === "array") return readList(schema.items ?? {}, texts);
  const [text = "", ...more] = texts;
  if (more.length > 0) return { ok: false, message: "is given more than once" };
  return readScalar(schema, text);
}

function readList(items: TextParamSchema, texts: readonly string[]): ParamText {
  const values: unknown[] = [];
  for (const text of texts) {
    if (text.trimStart().startsWith("[")) {
      const list = readJson(text);
      if (!list.ok) return list;
      values.push(...(list.value as unknown[]));
      continue;
    }
    for (const item of text.split(/(?<!\\),/)) {
      const value = readScalar(items, item.replaceAll("\\,", ",").trim());
      if (!value.ok) return value;
      values.push(value.value);
    }
  }
  return { ok: true, value: values };
}

function readScalar({ type, multiline }: TextParamSchema, text: string): ParamText {
  switch (type) {
    case "number":
    case "integer": {
      const number = Number(text);
      if (text.trim() === "" || !Number.isFinite(number))
        return { ok: false, message: `must be a number, not "${text}"` };
      return { ok: true, value: number };
    }
    case "boolean":
      if (text === "true" || text === "false") return { ok: true, value: text === "true" };
      return { ok: false, message: `must be true or false, not "${text}"` };
    case "object":
      return readJson(text);
    default:
      // A shell makes it hard to type a line break.
      return { ok: true, value: multiline ? text.replaceAll("\\n", "\n") : text };
  }
}

function readJson(text: string): ParamText {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false, message: "is not valid JSON" };
  }
}
