/** A number with its unit: typed exactly, or pulled with a slider. */
import type { ChangeEvent, CSSProperties } from "react";
import { Icon } from "../../components/icon.tsx";
import { formatNumber } from "../../formatting.ts";
import { FieldFrame, type FieldProps, fieldIds } from "./field-frame.tsx";
import type { NumberField } from "./form-model.ts";
import { SLIDER_STEPS, toPosition, toSliderValue } from "./slider-scale.ts";

export function NumberInput({ field, value, error, onChange }: FieldProps<NumberField, string>) {
  const ids = fieldIds(field.name);
  const absent = value.trim() === "" && field.whenAbsent !== null;
  const unit = field.unit && !absent ? <span className="unit">{field.unit}</span> : null;
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
        placeholder={field.whenAbsent === null ? undefined : shortAbsent(field.whenAbsent)}
        onChange={(event) => onChange(event.target.value)}
        aria-invalid={error !== null}
        aria-describedby={ids.hint}
      />
      {unit}
      {absent || field.whenAbsent === null ? null : (
        <button
          type="button"
          className="number-clear"
          aria-label={`${field.label}: ${field.whenAbsent}`}
          title={field.whenAbsent}
          onClick={() => onChange("")}
        >
          <Icon name="cross" />
        </button>
      )}
    </span>
  );
  return (
    <FieldFrame
      field={field}
      hint={hintOf(field)}
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

/** What fits into the box. */
const MAX_PLACEHOLDER_CHARS = 10;

/** What an empty field means, as short as the box wants it. */
const shortAbsent = (whenAbsent: string): string => (whenAbsent.length <= MAX_PLACEHOLDER_CHARS ? whenAbsent : "Auto");

/** The description; and what an empty field means, when the box has no room to say so. */
function hintOf({ hint, whenAbsent }: NumberField): string | null {
  if (whenAbsent === null || whenAbsent.length <= MAX_PLACEHOLDER_CHARS) return hint;
  return `${hint ? `${hint}. ` : ""}Auto: ${whenAbsent.charAt(0).toLowerCase()}${whenAbsent.slice(1)}`;
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
  const absent = value.trim() === "" && field.default === null;
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
      data-absent={absent || undefined}
      style={fill as CSSProperties}
      type="range"
      min={0}
      max={SLIDER_STEPS}
      step={1}
      value={Math.round(position)}
      onChange={move}
      aria-label={`${field.label}, slider`}
      aria-valuetext={
        absent ? (field.whenAbsent ?? "") : `${formatNumber(current)}${field.unit ? ` ${field.unit}` : ""}`
      }
    />
  );
}
