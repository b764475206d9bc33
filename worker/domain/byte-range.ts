/** The `Range` header of RFC 9110 §14, for one range of bytes. More than one range is answered with the whole file. */

export type RangeRequest =
  | { readonly kind: "whole" }
  | { readonly kind: "part"; readonly offset: number; readonly length: number }
  | { readonly kind: "unsatisfiable" };

/**
 * @param header the header's value, or null
 * @param size   the file's size in bytes
 */
export function parseRange(header: string | null, size: number): RangeRequest {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
  // An unknown unit, several ranges or nonsense: RFC 9110 lets a server ignore the header.
  if (!match || (match[1] === "" && match[2] === "")) return { kind: "whole" };
  const [, first, last] = match as unknown as [string, string, string];
  if (first === "") {
    const suffix = Math.min(Number(last), size);
    return suffix === 0 ? { kind: "unsatisfiable" } : { kind: "part", offset: size - suffix, length: suffix };
  }
  const offset = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (offset >= size) return { kind: "unsatisfiable" };
  // A last position before the first makes the header invalid, hence ignored.
  if (end < offset) return { kind: "whole" };
  return { kind: "part", offset, length: end - offset + 1 };
}
