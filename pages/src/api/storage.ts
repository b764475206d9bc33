/** localStorage, or nothing: browsers may block it, and reading the property alone then throws. */
export function localStore(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
