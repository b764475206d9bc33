/** The stage while a job runs: the input in the kiln, which glows hotter the further the job is. */
import type { CSSProperties } from "react";
import type { DraftInput } from "../compose/draft.ts";
import { TilePicture } from "../inputs/input-list.tsx";
import { InputView } from "../inputs/input-view.tsx";
import { type JobView, percentOf } from "./job-view.ts";

interface FiringStageProps {
  readonly view: JobView;
  /** Of the job's files, those this visit has at hand. */
  readonly inputs: readonly DraftInput[];
  /** The text of a text job; anything else is ignored. */
  readonly text: unknown;
}

export function FiringStage({ view, inputs, text }: FiringStageProps) {
  const [only, more] = typeof text === "string" ? [] : inputs;
  const firing = view.state === "running";
  const heat = firing ? 0.15 + 0.85 * ((percentOf(view) ?? 0) / 100) : 0;
  return (
    <div className="stage">
      <div className="arch" data-firing={firing || undefined} style={{ "--heat": heat.toFixed(3) } as CSSProperties}>
        {only && !more ? <InputView input={only} className="shelf-picture" alt="" /> : null}
        {more ? <Pile inputs={inputs} /> : null}
        {!only && typeof text === "string" ? <span className="shelf-text">{text}</span> : null}
      </div>
    </div>
  );
}

/** As many as can be told apart. */
const PILE = 3;

/** The first few of many files, one upon the other. */
function Pile({ inputs }: { inputs: readonly DraftInput[] }) {
  const shown = inputs.slice(0, PILE);
  return (
    <span className="pile">
      {shown.map((input) => (
        <TilePicture key={input.key} input={input} />
      ))}
      <span className="pile-count">{inputs.length} files</span>
    </span>
  );
}
