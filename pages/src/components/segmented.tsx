/** One choice of a few, all in sight: radio buttons that look like a switch. */
import { useId } from "react";

export interface Choice {
  readonly value: string;
  readonly label: string;
}

interface SegmentedProps {
  readonly choices: readonly Choice[];
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Id of the element that names the group. */
  readonly labelledBy: string;
  readonly describedBy?: string;
}

export function Segmented({ choices, value, onChange, labelledBy, describedBy }: SegmentedProps) {
  const name = useId();
  return (
    <div className="segmented" role="radiogroup" aria-labelledby={labelledBy} aria-describedby={describedBy}>
      {choices.map((choice) => (
        <label key={choice.value} className="segmented-choice">
          <input type="radio" name={name} checked={choice.value === value} onChange={() => onChange(choice.value)} />
          <span>{choice.label}</span>
        </label>
      ))}
    </div>
  );
}
