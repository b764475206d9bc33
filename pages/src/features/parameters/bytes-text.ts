/** A number of bytes as it is entered: a number and kB or MB. Pure. */

export const BYTE_UNITS = ["kB", "MB"] as const;
export type ByteUnit = (typeof BYTE_UNITS)[number];

const FACTOR: Readonly<Record<ByteUnit, number>> = { kB: 1_000, MB: 1_000_000 };

/** "1.5 MB" in its two parts; the number is as typed. Without a unit it is kB. */
export function splitBytes(typed: string): { readonly number: string; readonly unit: ByteUnit } {
  const [, number = "", unit] = /^\s*(.*?)\s*(kB|MB)?\s*$/.exec(typed) ?? [];
  return { number, unit: unit === "MB" ? "MB" : "kB" };
}

/** The bytes that are meant, or null when the number is none. */
export function bytesOf(typed: string): number | null {
  const { number, unit } = splitBytes(typed);
  const value = Number(number);
  return number !== "" && Number.isFinite(value) ? Math.round(value * FACTOR[unit]) : null;
}

/** Bytes as somebody would type them: 1500000 → "1.5 MB", 200000 → "200 kB". Exact. */
export function toTypedBytes(bytes: number): string {
  const unit: ByteUnit = bytes >= FACTOR.MB ? "MB" : "kB";
  return `${bytes / FACTOR[unit]} ${unit}`;
}
