import { describe, expect, it } from "vitest";
import { readParamText, type TextParamSchema } from "../../../contract/param-text.ts";

const value = (schema: TextParamSchema, ...texts: string[]) => {
  const read = readParamText(schema, texts);
  return read.ok ? read.value : read.message;
};

describe("a parameter as text", () => {
  it.each<[string, TextParamSchema, string[], unknown]>([
    ["a number", { type: "number" }, ["0.5"], 0.5],
    ["a whole number", { type: "integer" }, ["-3"], -3],
    ["true", { type: "boolean" }, ["true"], true],
    ["false", { type: "boolean" }, ["false"], false],
    ["text", { type: "string" }, [" a,b "], " a,b "],
    ["text without a type", {}, ["7"], "7"],
    ["an enum's value", { type: "string" }, ["flat"], "flat"],
    ["lines", { type: "string", multiline: true }, ["a\\nb"], "a\nb"],
    ["a list by commas", { type: "array", items: { type: "number" } }, ["1, 2"], [1, 2]],
    ["a list by repetition", { type: "array", items: { type: "string" } }, ["a", "b"], ["a", "b"]],
    ["a list with a comma in an item", { type: "array" }, ["a\\,b,c"], ["a,b", "c"]],
    ["a list as JSON", { type: "array", items: { type: "number" } }, ['[1, "x"]'], [1, "x"]],
    ["an object as JSON", { type: "object" }, ['{"a":1}'], { a: 1 }],
  ])("%s", (_, schema, texts, expected) => expect(value(schema, ...texts)).toEqual(expected));

  it.each<[string, TextParamSchema, string[], string]>([
    ["no number", { type: "number" }, ["three"], 'must be a number, not "three"'],
    ["nothing for a number", { type: "number" }, [" "], 'must be a number, not " "'],
    ["an endless number", { type: "number" }, ["Infinity"], 'must be a number, not "Infinity"'],
    ["no truth", { type: "boolean" }, ["yes"], 'must be true or false, not "yes"'],
    ["two of one", { type: "string" }, ["a", "b"], "is given more than once"],
    ["an item that is none", { type: "array", items: { type: "number" } }, ["1,x"], 'must be a number, not "x"'],
    ["broken JSON", { type: "object" }, ["{"], "is not valid JSON"],
    ["a broken list", { type: "array" }, ["[1"], "is not valid JSON"],
  ])("is refused with a reason: %s", (_, schema, texts, message) => expect(value(schema, ...texts)).toBe(message));
});
