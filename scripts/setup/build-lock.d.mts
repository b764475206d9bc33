/** Types of build-lock.mjs, for the programs that are checked without JavaScript. */
export function withLock<T>(
  path: string,
  onWait: (owner: { pid: number; host: string } | null) => void,
  work: () => Promise<T>,
): Promise<T>;
