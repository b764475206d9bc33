/**
 * A job's photos with the server's verdicts, the visitor's own, and the form: from here the model is made, with the photos
 * that are on the server already. Opens when the photos were looked at, and to make a model once more in another way.
 */
import { type ReactNode, useMemo, useState } from "react";
import type { Job } from "#contract/job.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { type Failure, toFailure } from "../../api/failure.ts";
import { localStore } from "../../api/storage.ts";
import { Notice } from "../../components/notice.tsx";
import { PanelBody } from "../../components/panel-body.tsx";
import { formatMoment } from "../../formatting.ts";
import { formFields, kindOf } from "../../kinds.ts";
import { ForWriters } from "../account/may-write.tsx";
import { focusFirstMistake } from "../parameters/focus-mistake.ts";
import { type FormErrors, type FormValues, toFormErrors, toParams, toValues } from "../parameters/form-values.ts";
import { ParameterForm } from "../parameters/parameter-form.tsx";
import { loadModelViewer } from "../results/model-viewer-loader.ts";
import { ReportButton } from "../results/report-view.tsx";
import { DoubtfulList } from "./doubtful-list.tsx";
import { isUsed, keepChoice, readChoice, toKeepAndDrop, usedCount, withUse } from "./photo-choice.ts";
import { photoBoxId } from "./photo-grid.tsx";
import { countsOf, isDoubtful, type Photo } from "./photo-set.ts";
import { rerunParams } from "./rerun-params.ts";
import { usePhotoSet } from "./use-photo-set.ts";
import { type Filter, VerdictStage } from "./verdict-stage.tsx";

interface VerdictViewProps {
  readonly job: Job;
  readonly type: JobTypeInfo;
  readonly title: string;
  /** Submits a job that goes on from this one. */
  readonly onRerun: (params: Record<string, unknown>) => Promise<void>;
  /** Opens the form with this job's files, to add some or take some out. */
  readonly onChangePhotos: () => void;
  /** Back to what the job made; null where it only looked at the photos. */
  readonly onBack: (() => void) | null;
  /** Below everything else in the panel. */
  readonly children: ReactNode;
}

export function VerdictView({ job, type, title, onRerun, onChangePhotos, onBack, children }: VerdictViewProps) {
  const photoKind = kindOf(type.name)?.photos;
  const { set, sheet, failure: unread, again } = usePhotoSet(job);
  const [choice, setChoice] = useState(() => readChoice(localStore(), job.id));
  const [filter, setFilter] = useState<Filter>("all");
  const fields = useMemo(
    () => formFields(type).filter(({ name }) => !photoKind?.beforeLook.includes(name)),
    [type, photoKind],
  );
  const [values, setValues] = useState<FormValues>(() => toValues(fields, job.params));
  const [errors, setErrors] = useState<FormErrors>({});
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);

  const hasReport = (job.manifest?.artifacts ?? []).some(({ name }) => name === "report.html");
  const used = set ? usedCount(set, choice) : 0;
  const total = set?.photos.length ?? 0;
  const wanted = (photo: Photo) => isUsed(photo, choice);
  const use = (photos: readonly Photo[], to: boolean) => {
    const next = withUse(choice, photos, to);
    setChoice(next);
    setFailure(null);
    keepChoice(localStore(), job.id, next);
  };
  const show = (photo: Photo) => {
    setFilter("all");
    requestAnimationFrame(() => document.getElementById(photoBoxId(photo))?.focus());
  };
  const start = async () => {
    if (busy || !set) return;
    const { params, errors: mistakes } = toParams(fields, values);
    setErrors(mistakes);
    if (Object.keys(mistakes).length > 0) return focusFirstMistake();
    if (used < (photoKind?.min ?? 1)) return setFailure(tooFew(photoKind?.min ?? 1));
    setBusy(true);
    setFailure(null);
    // The viewer is fetched while the job runs, so that the model shows at once.
    void loadModelViewer();
    try {
      await onRerun({ ...rerunParams(fields, params, job.params), ...toKeepAndDrop(set, choice), until: "model" });
    } catch (error) {
      const told = toFailure(error);
      setFailure(told);
      setErrors(toFormErrors(told.fields));
      if (told.fields.length > 0) focusFirstMistake();
      setBusy(false);
    }
  };
  const count = `${used} of ${total} photo${total === 1 ? "" : "s"}`;
  const foot = (
    <>
      {failure ? (
        <Notice tone="error" title={failure.title}>
          {failure.message}
        </Notice>
      ) : null}
      <ForWriters>
        <div className="panel-buttons">
          <button type="submit" className="button-primary" aria-disabled={busy || !set} data-busy={busy || undefined}>
            {busy ? "Starting…" : (kindOf(type.name)?.action ?? type.title)}
          </button>
          <button type="button" className="button-quiet" onClick={onChangePhotos}>
            Change photos
          </button>
        </div>
      </ForWriters>
    </>
  );
  return (
    <>
      <VerdictStage
        set={set}
        sheet={sheet}
        failure={unread}
        onAgain={again}
        filter={filter}
        onFilter={setFilter}
        isUsed={wanted}
        onUse={use}
        report={hasReport ? <ReportButton title={title} /> : null}
      />
      <form
        className="panel"
        aria-label={title}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void start();
        }}
      >
        <PanelBody foot={foot}>
          <header className="panel-head">
            <p className="eyebrow">{title}</p>
            <h1 className="tabular">{set ? `Use ${count}` : "The photos"}</h1>
            <p className="facts">{set ? countsOf(set).map((words) => <span key={words}>{words}</span>) : null}</p>
            <p className="visually-hidden" role="status">
              {set ? `${count} will be used` : ""}
            </p>
            {onBack ? (
              <button type="button" className="button-link" onClick={onBack}>
                Back to the model
              </button>
            ) : null}
          </header>
          <Warnings warnings={job.manifest?.warnings ?? []} />
          {set ? (
            <DoubtfulList
              photos={set.photos.filter(isDoubtful)}
              skipped={set.skipped}
              sheet={sheet}
              isUsed={wanted}
              onShow={show}
            />
          ) : null}
          <ParameterForm
            fields={fields}
            values={values}
            errors={errors}
            onChange={(name, value) => {
              setErrors(({ [name]: _fixed, ...rest }) => rest);
              setValues((now) => ({ ...now, [name]: value }));
            }}
          />
          {job.expiresAt === null ? null : (
            <p className="quiet">The photos are kept until {formatMoment(job.expiresAt)}.</p>
          )}
          {children}
        </PanelBody>
      </form>
    </>
  );
}

/** What should be known of the set as a whole. */
function Warnings({ warnings }: { warnings: readonly string[] }) {
  if (warnings.length === 0) return null;
  return (
    <Notice tone="info" title="About these photos">
      {warnings.map((warning) => (
        <p key={warning}>{warning}</p>
      ))}
    </Notice>
  );
}

const tooFew = (min: number): Failure => ({
  title: "Too few photos",
  message: `A model needs at least ${min} photos. Use some that are left out, or add more.`,
  code: "photos_unusable",
  fields: [],
  retryable: false,
});
