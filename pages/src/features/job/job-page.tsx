/** One job: in the kiln, done, or failed. Its address can be shared. */
import type { Job } from "#contract/job.ts";
import { FINAL_STATES } from "#contract/job.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { Link } from "../../components/link.tsx";
import { Notice } from "../../components/notice.tsx";
import { composePath } from "../../route.ts";
import { jobTitle } from "../history/job-labels.ts";
import { FailurePanel } from "./failure-panel.tsx";
import { FiringStage } from "./firing-stage.tsx";
import { LogDrawer } from "./log-drawer.tsx";
import { ModelStage } from "./model-stage.tsx";
import { ProgressPanel } from "./progress-panel.tsx";
import { ResultPanel } from "./result-panel.tsx";
import { useJob } from "./use-job.ts";

interface JobPageProps {
  readonly id: string;
  readonly types: readonly JobTypeInfo[];
  /** A picture of the job's input, if this visit has one. */
  readonly pictureOf: (job: Job) => string | null;
  readonly onFinal: () => void;
  /** Opens the form with this job's parameters and file. */
  readonly onChange: (job: Job) => void;
  /** Submits the same once more. */
  readonly onRepeat: (job: Job) => Promise<void>;
}

export function JobPage({ id, types, pictureOf, onFinal, onChange, onRepeat }: JobPageProps) {
  const { job, view, failure, cancel, again } = useJob(id, onFinal);
  if (!job || !view) {
    return (
      <main className="bench">
        <div className="stage" aria-busy={!failure}>
          <div className="arch" />
        </div>
        <section className="panel" aria-label="Job">
          {failure ? <Unreadable failure={failure} onAgain={again} /> : <p className="quiet">Opening the job…</p>}
        </section>
      </main>
    );
  }
  const type = types.find((known) => known.name === job.type);
  const title = jobTitle(job, type);
  const done = job.state === "succeeded" && job.manifest !== null;
  const ended = FINAL_STATES.has(job.state) && !done;
  const lost = failure ? (
    <Notice tone="error" title={failure.title} actions={<button type="button" onClick={again}>Connect again</button>}>
      {failure.message}
    </Notice>
  ) : null;
  return (
    <main className="bench">
      {done ? <ModelStage job={job} title={title} /> : <FiringStage view={view} picture={pictureOf(job)} text={job.params.text} />}
      <section className="panel" aria-label={title}>
        {done ? <ResultPanel job={job} type={type} title={title} onChange={() => onChange(job)} /> : null}
        {ended ? <FailurePanel job={job} title={title} onChange={() => onChange(job)} onRepeat={() => onRepeat(job)} /> : null}
        {done || ended ? null : <ProgressPanel job={job} view={view} type={type} title={title} onCancel={cancel} />}
        {lost}
        <LogDrawer logs={view.logs} />
      </section>
    </main>
  );
}

function Unreadable({ failure, onAgain }: { failure: { title: string; message: string; retryable: boolean }; onAgain: () => void }) {
  return (
    <Notice
      tone="error"
      title={failure.title}
      actions={
        <>
          {failure.retryable ? (
            <button type="button" onClick={onAgain}>
              Try again
            </button>
          ) : null}
          <Link href={composePath("logo-to-3d")}>Make a new model</Link>
        </>
      }
    >
      {failure.message}
    </Notice>
  );
}
