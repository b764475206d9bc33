/** A size in kB or MB; empty where it may be absent. */
import { useState } from "react";
import { BYTE_UNITS, type ByteUnit, splitBytes } from "./bytes-text.ts";
import { FieldFrame, type FieldProps, fieldIds } from "./field-frame.tsx";
import type { BytesField } from "./form-model.ts";

export function BytesInput({ field, value, error, onChange }: FieldProps<BytesField, string>) {
  const ids = fieldIds(field.name);
  const { number, unit } = splitBytes(value);
  // While nothing is entered, the value holds no unit.
  const [idle, setIdle] = useState<ByteUnit>(unit);
  const shown = number === "" ? idle : unit;
  const change = (to: string, of: ByteUnit) => {
    setIdle(of);
    onChange(to === "" ? "" : `${to} ${of}`);
  };
  const box = (
    <span className="number-box bytes-box">
      <input
        id={ids.input}
        type="number"
        inputMode="decimal"
        step="any"
        min={0}
        value={number}
        placeholder={field.whenAbsent ?? undefined}
        onChange={(event) => change(event.target.value, shown)}
        aria-invalid={error !== null}
        aria-describedby={ids.hint}
      />
      <select
        aria-label={`${field.label}, unit`}
        value={shown}
        onChange={(event) => change(number, event.target.value as ByteUnit)}
      >
        {BYTE_UNITS.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </span>
  );
  return <FieldFrame field={field} error={error} aside={box} />;
}
