/** The stage while a job runs: the input in the kiln, which glows hotter the further the job is. */
import type { CSSProperties } from "react";
import { type JobView, percentOf } from "./job-view.ts";

interface FiringStageProps {
  readonly view: JobView;
  readonly picture: string | null;
  /** The text of a text job; anything else is ignored. */
  readonly text: unknown;
}

export function FiringStage({ view, picture, text }: FiringStageProps) {
  const firing = view.state === "running";
  const heat = firing ? 0.15 + 0.85 * ((percentOf(view) ?? 0) / 100) : 0;
  return (
    <div className="stage">
      <div className="arch" data-firing={firing || undefined} style={{ "--heat": heat.toFixed(3) } as CSSProperties}>
        {picture ? <img className="shelf-picture" src={picture} alt="" /> : null}
        {!picture && typeof text === "string" ? <span className="shelf-text">{text}</span> : null}
      </div>
    </div>
  );
}
