/** localStorage, or nothing: browsers may block it, and reading the property alone then throws. */
export function localStore(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

/** sessionStorage, which is one tab's and outlives a reload, or nothing. */
export function tabStore(): Storage | null {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}
