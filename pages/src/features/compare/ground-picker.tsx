/** What a cut-out is looked at on: checkerboard, white, black, or a colour. Changes nothing of the files. */
import { useId } from "react";

interface GroundPickerProps {
  /** CSS colour; null is the checkerboard. */
  readonly value: string | null;
  readonly onChange: (value: string | null) => void;
}

const GROUNDS = [
  { value: null, label: "Checkerboard" },
  { value: "#ffffff", label: "White" },
  { value: "#000000", label: "Black" },
] as const;
/** The colour that is offered first: the site's clay. */
const FIRST_COLOR = "#c9562f";

export function GroundPicker({ value, onChange }: GroundPickerProps) {
  const name = useId();
  const other = value !== null && !GROUNDS.some((ground) => ground.value === value);
  return (
    <span className="grounds" role="radiogroup" aria-label="Look at it on">
      {GROUNDS.map((ground) => (
        <label key={ground.label} className="ground" title={ground.label}>
          <input
            type="radio"
            name={name}
            aria-label={ground.label}
            checked={value === ground.value}
            onChange={() => onChange(ground.value)}
          />
          <span style={ground.value === null ? undefined : { background: ground.value }} />
        </label>
      ))}
      <label className="ground" title="A colour" data-chosen={other || undefined}>
        <input
          type="color"
          aria-label="A colour"
          value={other ? value : FIRST_COLOR}
          onClick={() => onChange(other ? value : FIRST_COLOR)}
          onChange={(event) => onChange(event.target.value)}
        />
        <span style={{ background: other ? value : FIRST_COLOR }} />
      </label>
    </span>
  );
}
