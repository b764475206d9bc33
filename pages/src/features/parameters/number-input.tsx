/** A number with its unit: typed exactly, or pulled with a slider. */
import type { ChangeEvent, CSSProperties } from "react";
import { formatNumber } from "../../formatting.ts";
import { FieldFrame, type FieldProps, fieldIds } from "./field-frame.tsx";
import type { NumberField } from "./form-model.ts";
import { SLIDER_STEPS, toPosition, toSliderValue } from "./slider-scale.ts";

export function NumberInput({ field, value, error, onChange }: FieldProps<NumberField, string>) {
  const ids = fieldIds(field.name);
  const unit = field.unit ? <span className="unit">{field.unit}</span> : null;
  const slider =
    field.min !== null && field.max !== null ? (
      <Slider field={field} min={field.min} max={field.max} value={value} onChange={onChange} />
    ) : null;
  const box = (
    <span className="number-box">
      <input
        id={ids.input}
        type="number"
        inputMode={field.integer ? "numeric" : "decimal"}
        step={field.integer ? 1 : "any"}
        min={field.min ?? undefined}
        max={field.max ?? undefined}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        aria-invalid={error !== null}
        aria-describedby={ids.hint}
      />
      {unit}
    </span>
  );
  return (
    <FieldFrame
      field={field}
      error={error}
      aside={
        <>
          {slider}
          {box}
        </>
      }
    />
  );
}

interface SliderProps {
  readonly field: NumberField;
  readonly min: number;
  readonly max: number;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Slider({ field, min, max, value, onChange }: SliderProps) {
  const range = { min, max, integer: field.integer };
  const typed = Number(value);
  const current = value.trim() !== "" && Number.isFinite(typed) ? typed : (field.default ?? min);
  const position = toPosition(range, current);
  const zero = toPosition(range, 0);
  const fill = {
    "--from": `${(Math.min(zero, position) / SLIDER_STEPS) * 100}%`,
    "--to": `${(Math.max(zero, position) / SLIDER_STEPS) * 100}%`,
  };
  const move = (event: ChangeEvent<HTMLInputElement>) =>
    onChange(formatNumber(toSliderValue(range, event.target.valueAsNumber, current)));
  return (
    <input
      className="slider"
      style={fill as CSSProperties}
      type="range"
      min={0}
      max={SLIDER_STEPS}
      step={1}
      value={Math.round(position)}
      onChange={move}
      aria-label={`${field.label}, slider`}
      aria-valuetext={`${formatNumber(current)}${field.unit ? ` ${field.unit}` : ""}`}
    />
  );
}
