/** The same photos once more, in another quality: the cameras are known, so only the rest is done again. */
import { useId, useState } from "react";
import type { Job } from "#contract/job.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { type Failure, toFailure } from "../../api/failure.ts";
import { Notice } from "../../components/notice.tsx";
import { toFields } from "../parameters/form-model.ts";
import { OptionCards } from "../parameters/option-cards.tsx";

interface QualityAgainProps {
  readonly job: Job;
  readonly type: JobTypeInfo;
  readonly onRerun: (params: Record<string, unknown>) => Promise<void>;
}

export function QualityAgain({ job, type, onRerun }: QualityAgainProps) {
  const field = toFields(type.paramsSchema).find(({ name }) => name === "quality");
  const options = field?.kind === "choice" ? field.options : [];
  const made = String(job.params.quality ?? field?.default);
  const others = options.filter(({ value }) => value !== made);
  const [chosen, setChosen] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const label = useId();
  if (others.length === 0) return null;
  const start = () => {
    if (chosen === null || busy) return;
    setBusy(true);
    setFailure(null);
    onRerun({ quality: chosen, until: "model" }).catch((error) => {
      setBusy(false);
      setFailure(toFailure(error));
    });
  };
  return (
    <details className="fold again">
      <summary id={label}>Make it again in another quality</summary>
      <OptionCards
        options={others}
        chosen={chosen === null ? [] : [chosen]}
        several={false}
        onToggle={setChosen}
        labelledBy={label}
      />
      {failure ? (
        <Notice tone="error" title={failure.title}>
          {failure.message}
        </Notice>
      ) : null}
      <button type="button" className="button-quiet" aria-disabled={chosen === null || busy} onClick={start}>
        {busy ? "Starting…" : "Make it again"}
      </button>
    </details>
  );
}
