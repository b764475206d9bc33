/** How numbers are written in the report. A number and its unit stay on one line. */

/** A space that no line breaks at. */
export const NBSP = "\u00a0";

const INTEGER = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** 1234567 → 1,234,567. */
export const count = (value: number): string => INTEGER.format(value);

/** With so many significant digits that differences show, e.g. 0.33 or 12.4 or 1,034. */
export function figure(value: number, digits = 3): string {
  if (value === 0) return "0";
  const decimals = Math.max(digits - 1 - Math.floor(Math.log10(Math.abs(value))), 0);
  return new Intl.NumberFormat("en", { maximumFractionDigits: Math.min(decimals, 12) }).format(value);
}

/** 0.123 → 12 %; small and nearly full shares keep a decimal, so that 99.7 % does not read as all. */
export function share(value: number): string {
  const percent = value * 100;
  const rest = Math.min(percent, 100 - percent);
  return `${rest > 0 && rest < 3 ? percent.toFixed(1) : percent.toFixed(0)}${NBSP}%`;
}

/** Metres in the unit that reads well. */
export function metres(value: number): string {
  if (value >= 1) return `${figure(value)}${NBSP}m`;
  if (value >= 0.1) return `${figure(value * 100)}${NBSP}cm`;
  return `${figure(value * 1000)}${NBSP}mm`;
}

export function seconds(value: number): string {
  if (value < 10) return `${value.toFixed(1)}${NBSP}s`;
  if (value < 90) return `${value.toFixed(0)}${NBSP}s`;
  return `${Math.floor(value / 60)}${NBSP}min ${Math.floor(value % 60)}${NBSP}s`;
}

/** `one` or `many`, after its number: 1 photo, 2 photos. */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)}${NBSP}${value === 1 ? one : many}`;

export const mean = (values: readonly number[]): number =>
  values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : 0;
