/** The stage of a finished job: what came out of the kiln, shown as its kind wants to be seen. */
import type { DraftInput } from "../compose/draft.ts";
import { AnimationStage } from "./animation-stage.tsx";
import { CutoutStage } from "./cutout-stage.tsx";
import { ModelStage } from "./model-stage.tsx";
import { ScanStage } from "./scan-stage.tsx";
import type { ShownJob } from "./shown-job.ts";
import { SvgStage } from "./svg-stage.tsx";

interface ResultStageProps {
  readonly job: ShownJob;
  readonly title: string;
  /** The files of the job that this visit has at hand. */
  readonly inputs: readonly DraftInput[];
}

export function ResultStage({ job, title, inputs }: ResultStageProps) {
  const input = inputs.length === 1 ? (inputs[0] ?? null) : null;
  if (job.purgedAt !== null) {
    return (
      <div className="stage">
        <div className="arch" />
      </div>
    );
  }
  switch (job.type) {
    case "image-to-svg":
      return <SvgStage title={title} input={input} />;
    case "remove-background":
      return <CutoutStage job={job} title={title} input={input} />;
    case "animate":
      return <AnimationStage job={job} title={title} />;
    case "photogrammetry":
      return <ScanStage job={job} title={title} />;
    default:
      return <ModelStage job={job} title={title} />;
  }
}
