/** Choices with a word and a note each: one of them (radio buttons) or several (check boxes), as cards. */
import { useId } from "react";
import type { Option } from "./form-model.ts";

interface OptionCardsProps {
  readonly options: readonly Option[];
  readonly chosen: readonly string[];
  readonly several: boolean;
  readonly onToggle: (value: string) => void;
  /** Id of the element that names the group. */
  readonly labelledBy: string;
  readonly describedBy?: string;
}

export function OptionCards({ options, chosen, several, onToggle, labelledBy, describedBy }: OptionCardsProps) {
  const name = useId();
  return (
    <fieldset className="options" aria-labelledby={labelledBy} aria-describedby={describedBy}>
      {options.map(({ value, label, note }) => (
        <label key={value} className="option">
          <input
            type={several ? "checkbox" : "radio"}
            name={several ? undefined : name}
            checked={chosen.includes(value)}
            onChange={() => onToggle(value)}
          />
          <span>
            <b>{label}</b>
            {note ? <small>{note}</small> : null}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
