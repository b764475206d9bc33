/**
 * What every engine offers beside its own typed calls, and what every such call is given. An engine knows one tool and
 * nothing of leases, HTTP or job types.
 */

/** Whether an engine works on this machine; if not, what is missing and the command or setting that fixes it. */
export type Probe = { ok: true; version: string } | { ok: false; missing: string; fix: string };

/** What a call of an engine gets from the attempt it works for: `JobContext.run`, passed on to the child unchanged. */
export interface EngineRun {
  readonly signal: AbortSignal;
  /** Scratch folder; the working directory of a child. */
  readonly workDir: string;
  /** Identifies the attempt: what is started with it is gone when the attempt is over. */
  readonly tag: string;
  readonly timeoutMs: number;
  onLog?(line: string): void;
  onProgress?(fraction: number | null): void;
}

/** How many children an engine keeps warm, and where they may put their scratch files. */
export interface PoolSettings {
  /** Children to keep warm: the runner's slots. */
  readonly size: number;
  /** Folder under which each child gets a private home; default: the system's temporary folder. */
  readonly scratchRoot?: string;
  /** Told when a warm child dies or can't start: for the runner's own log. */
  readonly onWarning?: (message: string) => void;
}

/** `once`: start children for the next calls only, and don't replace one that is taken (`kiln local`). */
export interface WarmOptions {
  readonly once?: boolean;
}

export interface Engine {
  /** Cheap check of what is installed; starts nothing that stays. */
  probe(): Promise<Probe>;
  /** Begins to start children, so that the next call finds one waiting. Never throws. */
  warm(options?: WarmOptions): void;
  /** Resolves when a warm child waits; rejects with the reason when none can be started. Resolves at once for an engine without children. */
  ready(): Promise<void>;
  /** How many children wait for a job, for the metrics; absent for an engine without children. */
  readonly warmChildren?: number;
  /** Ends every child. Running calls reject. */
  close(): Promise<void>;
}
