/** One job: in the kiln, done, or failed. Its address can be shared. */
import { FINAL_STATES, type Job } from "#contract/job.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import type { Failure } from "../../api/failure.ts";
import { Link } from "../../components/link.tsx";
import { Notice } from "../../components/notice.tsx";
import { PanelBody } from "../../components/panel-body.tsx";
import { usePageTitle } from "../../components/use-page-title.ts";
import type { DraftInput } from "../compose/draft.ts";
import { jobTitle } from "../history/job-labels.ts";
import { ResultStage } from "../results/result-stage.tsx";
import { FailurePanel } from "./failure-panel.tsx";
import { FiringStage } from "./firing-stage.tsx";
import { LogDrawer } from "./log-drawer.tsx";
import { ProgressPanel, statusOf } from "./progress-panel.tsx";
import { ResultPanel } from "./result-panel.tsx";
import { useJob } from "./use-job.ts";

interface JobPageProps {
  readonly id: string;
  readonly types: readonly JobTypeInfo[];
  /** The files of the job that this visit has at hand. */
  readonly inputsOf: (job: Job) => readonly DraftInput[];
  readonly onFinal: () => void;
  /** Opens the form with this job's parameters and file. */
  readonly onChange: (job: Job) => void;
  /** Submits the same once more. */
  readonly onRepeat: (job: Job) => Promise<void>;
}

export function JobPage({ id, types, inputsOf, onFinal, onChange, onRepeat }: JobPageProps) {
  const { job, view, failure, cancel, again } = useJob(id, onFinal);
  const type = types.find((known) => known.name === job?.type);
  const title = job ? jobTitle(job, type) : "Job";
  const status = view ? statusOf(view, type?.stages ?? []) : "";
  usePageTitle(status ? `${status} · ${title}` : title);
  if (!job || !view) {
    return (
      <main className="bench" id="main" tabIndex={-1}>
        <div className="stage" aria-busy={!failure}>
          <div className="arch" />
        </div>
        <section className="panel" aria-label="Job">
          <PanelBody>
            {failure ? <Unreadable failure={failure} onAgain={again} /> : <p className="quiet">Opening the job…</p>}
          </PanelBody>
        </section>
      </main>
    );
  }
  const done = job.state === "succeeded" && job.manifest !== null;
  const ended = FINAL_STATES.has(job.state) && !done;
  const change = () => onChange(job);
  const below = (
    <>
      {failure ? <Lost failure={failure} onAgain={again} /> : null}
      <LogDrawer logs={view.logs} />
    </>
  );
  return (
    <main className="bench" id="main" tabIndex={-1}>
      <p className="visually-hidden" role="status">
        {status}
      </p>
      {done ? (
        <ResultStage job={job} title={title} inputs={inputsOf(job)} />
      ) : (
        <FiringStage view={view} inputs={inputsOf(job)} text={job.params.text} />
      )}
      <section className="panel" aria-label={title}>
        {done ? (
          <ResultPanel job={job} type={type} title={title} onChange={change}>
            {below}
          </ResultPanel>
        ) : null}
        {ended ? (
          <FailurePanel job={job} title={title} onChange={change} onRepeat={() => onRepeat(job)}>
            {below}
          </FailurePanel>
        ) : null}
        {done || ended ? null : (
          <ProgressPanel job={job} view={view} type={type} title={title} onCancel={cancel}>
            {below}
          </ProgressPanel>
        )}
      </section>
    </main>
  );
}

interface TroubleProps {
  readonly failure: Failure;
  readonly onAgain: () => void;
}

/** The job was read, but following it broke off. */
function Lost({ failure, onAgain }: TroubleProps) {
  const action = (
    <button type="button" onClick={onAgain}>
      Connect again
    </button>
  );
  return (
    <Notice tone="error" title={failure.title} actions={action}>
      {failure.message}
    </Notice>
  );
}

/** There is no such job, or it can't be read. */
function Unreadable({ failure, onAgain }: TroubleProps) {
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
          <Link href="/">Make something new</Link>
        </>
      }
    >
      {failure.message}
    </Notice>
  );
}
