/** Turns "stage 2, half done" into the job's percentage, time left and seconds per stage. No I/O; the clock is given. */

import type { Progress } from "#contract/job.ts";
import type { JobTypeDefinition } from "#contract/job-types/job-type.ts";
import type { Manifest } from "#contract/manifest.ts";

/** Below this share an estimate of the time left is a guess. */
const ETA_MIN_PERCENT = 10;

interface StepPlan {
  readonly stageIndex: number;
  /** Percent of the job done when the step begins, and how many it adds. */
  readonly from: number;
  readonly share: number;
}

export class StageProgress {
  readonly #stages: JobTypeDefinition["stages"];
  readonly #plans: StepPlan[];
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #secondsByStage = new Map<string, number>();
  #percent: number | null = null;
  #plan: StepPlan | undefined;
  #stepStartedAt = 0;

  /** `stepStages`: the stage of each step, in order. Throws when one is not a stage of the type or comes out of order. */
  constructor(type: JobTypeDefinition, stepStages: readonly string[], now: () => number) {
    this.#stages = type.stages;
    this.#plans = planSteps(type, stepStages);
    this.#now = now;
    this.#startedAt = now();
  }

  /** Step number `index` begins. Returns the progress to report. */
  begin(index: number): Progress {
    this.#plan = this.#plans[index];
    this.#stepStartedAt = this.#now();
    return this.update(null);
  }

  /** `fraction` (0 to 1) of the current step is done, null when unknown. The percentage never falls. */
  update(fraction: number | null): Progress {
    const { stageIndex, from, share } = this.#plan ?? { stageIndex: 0, from: 0, share: 0 };
    const reached = from + share * Math.min(Math.max(fraction ?? 0, 0), 1);
    // At the very start, without a word from the step, nothing is known yet.
    if (fraction !== null || from > 0 || this.#percent !== null) this.#percent = Math.max(this.#percent ?? 0, reached);
    const percent = this.#percent === null ? null : Math.round(this.#percent * 10) / 10;
    const stage = this.#stages[stageIndex]?.name ?? "";
    return { stage, stageIndex, stageCount: this.#stages.length, percent, etaS: this.#etaS() };
  }

  /** The current step is done. */
  end(): Progress {
    const stage = this.#stages[this.#plan?.stageIndex ?? 0]?.name ?? "";
    const seconds = (this.#now() - this.#stepStartedAt) / 1000;
    this.#secondsByStage.set(stage, (this.#secondsByStage.get(stage) ?? 0) + seconds);
    return this.update(1);
  }

  /** How long the current step has taken, ms. */
  elapsedMs(): number {
    return this.#now() - this.#stepStartedAt;
  }

  /** The current step's stage. */
  get stage(): string {
    return this.#stages[this.#plan?.stageIndex ?? 0]?.name ?? "";
  }

  /** Seconds per stage so far, in the order they ran. */
  timings(): Manifest["timings"] {
    return [...this.#secondsByStage].map(([stage, seconds]) => ({ stage, seconds: Math.round(seconds * 1000) / 1000 }));
  }

  #etaS(): number | null {
    if (this.#percent === null || this.#percent < ETA_MIN_PERCENT) return null;
    const elapsedS = (this.#now() - this.#startedAt) / 1000;
    return Math.round((elapsedS * (100 - this.#percent)) / this.#percent);
  }
}

/** A stage's weight is split evenly among its steps; stages without a step count as done when they are passed. */
function planSteps(type: JobTypeDefinition, stepStages: readonly string[]): StepPlan[] {
  const total = type.stages.reduce((sum, stage) => sum + stage.weight, 0);
  let previous = 0;
  return stepStages.map((name, step) => {
    const stageIndex = type.stages.findIndex((stage) => stage.name === name);
    if (stageIndex < previous)
      throw new Error(`${type.name}: step ${step + 1} has the stage ${name}, which is unknown or out of order`);
    previous = stageIndex;
    const before = type.stages.slice(0, stageIndex).reduce((sum, stage) => sum + stage.weight, 0);
    const siblings = stepStages.filter((other) => other === name).length;
    const position = stepStages.slice(0, step).filter((other) => other === name).length;
    const share = (100 * (type.stages[stageIndex]?.weight ?? 0)) / total / siblings;
    return { stageIndex, from: (100 * before) / total + position * share, share };
  });
}
