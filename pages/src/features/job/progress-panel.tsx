/** The panel while a job waits or runs: percent, stages, what is left, and the way out. */
import type { ReactNode } from "react";
import { FINAL_STATES, type Job } from "#contract/job.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { Icon } from "../../components/icon.tsx";
import { PanelBody } from "../../components/panel-body.tsx";
import { useNow } from "../../components/use-now.ts";
import { formatEta, formatSeconds } from "../../formatting.ts";
import { ForWriters } from "../account/may-write.tsx";
import type { Onward } from "../onward/onward.ts";
import { OnwardList } from "../onward/onward-list.tsx";
import { stagesOf } from "./job-stages.ts";
import { type JobView, percentOf } from "./job-view.ts";
import { STATE_WORDS } from "./state-words.ts";
import { useQueueNote } from "./use-queue-note.ts";

interface ProgressPanelProps {
  readonly job: Job;
  readonly view: JobView;
  readonly type: JobTypeInfo | undefined;
  readonly title: string;
  readonly onCancel: () => void;
  /** What can be made of the result. */
  readonly ways: readonly Onward[];
  readonly onWay: (way: Onward) => void;
  /** Below the stages. */
  readonly children: ReactNode;
}

const COUNT_MS = 1_000;

export function ProgressPanel({ job, view, type, title, onCancel, ways, onWay, children }: ProgressPanelProps) {
  const now = useNow(COUNT_MS);
  const percent = percentOf(view);
  const stages = stagesOf(type, job);
  const headline = headlineOf(view, stages);
  const note = useQueueNote(job, view.state === "queued" && view.notBefore === null);
  const eta = view.state === "running" && view.progress?.etaS != null ? formatEta(view.progress.etaS) : null;
  const canceling = view.state === "canceling";
  const foot = (
    <ForWriters>
      <button type="button" className="button-quiet" onClick={onCancel} aria-disabled={canceling}>
        {canceling ? "Canceling…" : "Cancel"}
      </button>
    </ForWriters>
  );
  return (
    <PanelBody foot={foot}>
      <header className="panel-head">
        <p className="eyebrow">{title}</p>
        <h1>{headline}</h1>
      </header>
      <div className="progress">
        <p className="percent" aria-hidden="true">
          {percent === null ? "…" : `${Math.round(percent)} %`}
        </p>
        <div
          className="bar"
          role="progressbar"
          aria-label={`Progress of ${title}`}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={percent === null ? undefined : Math.round(percent)}
          aria-valuetext={headline}
        >
          {/* A key per kind: the bar must not shrink from "unknown" to the first percent. */}
          <div
            key={percent === null ? "unknown" : "known"}
            className="bar-fill"
            data-unknown={percent === null || undefined}
            style={{ width: `${percent ?? 100}%` }}
          />
        </div>
        <p className="progress-times">
          <span>{eta ?? waitingNote(view) ?? retryNote(view, job, now) ?? note ?? ""}</span>
          <span>{formatSeconds(Math.max(0, Math.floor((now - job.createdAt) / 1_000))).replace(".0", "")}</span>
        </p>
      </div>
      <StageList view={view} stages={stages} />
      <OnwardList ways={ways} early onWay={onWay} />
      {children}
    </PanelBody>
  );
}

/** The job's state for readers and the window's title: changes with the stage, not with every percent. */
export function statusOf(view: JobView, stages: JobTypeInfo["stages"]): string {
  if (FINAL_STATES.has(view.state)) return STATE_WORDS[view.state];
  return headlineOf(view, stages);
}

/** What is happening now, in a few words. */
function headlineOf(view: JobView, stages: JobTypeInfo["stages"]): string {
  switch (view.state) {
    case "running": {
      const stage = view.progress?.stage;
      return stages.find(({ name }) => name === stage)?.title ?? stage ?? "Warming up";
    }
    case "canceling":
      return "Stopping the work";
    case "queued":
      return view.notBefore === null ? "Waiting for a free runner" : "Waiting for another try";
    case "waiting":
      return "Waiting for another job";
    default:
      return "Waiting";
  }
}

const waitingNote = ({ state }: JobView): string | null =>
  state === "waiting" ? "Starts when the result that it is made of is there." : null;

/** When and why the next try comes, or null. */
function retryNote(view: JobView, job: Job, now: number): string | null {
  if (view.state !== "queued" || view.notBefore === null) return null;
  const inS = Math.max(0, Math.ceil((view.notBefore - now) / 1_000));
  const why = view.error ? `${view.error.message} ` : "";
  return `${why}Try ${Math.min(view.attempt + 1, job.maxAttempts)} of ${job.maxAttempts}${inS > 0 ? ` in ${formatSeconds(inS).replace(".0", "")}` : " any moment"}.`;
}

function StageList({ view, stages }: { view: JobView; stages: JobTypeInfo["stages"] }) {
  const current = view.progress ? stages.findIndex(({ name }) => name === view.progress?.stage) : -1;
  return (
    <ol className="stages">
      {stages.map((stage, i) => {
        const state = i < current ? "done" : i === current && view.state === "running" ? "now" : "next";
        return (
          <li key={stage.name} data-state={state} aria-current={state === "now" ? "step" : undefined}>
            <span className="stage-dot">{state === "done" ? <Icon name="check" /> : null}</span>
            {stage.title}
          </li>
        );
      })}
    </ol>
  );
}
