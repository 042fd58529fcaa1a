// Labelled form inputs, one component for each type of field. `form` is a unique prefix of ids.

import { maxLength } from "../../domain/Field.ts"

interface Props<Value> {
  readonly form: string
  readonly name: string
  readonly label: string
  readonly value: Value | undefined
}

export const Text = ({ form, label, name, value }: Props<string>) => (
  <>
    <label for={`${form}-${name}`}>{label}</label>
    <input
      id={`${form}-${name}`}
      name={name}
      value={value}
      dir="auto"
      required
      maxLength={maxLength}
      autocomplete="off"
    />
  </>
)

/** One line for each text. */
export const Lines = ({ form, label, name, value }: Props<ReadonlyArray<string>>) => (
  <>
    <label for={`${form}-${name}`}>{label}, one in each line</label>
    <textarea id={`${form}-${name}`} name={name} dir="auto" rows={3}>
      {value?.join("\n")}
    </textarea>
  </>
)

const NumberInput = ({ form, label, name, step, value }: Props<number> & { readonly step: string }) => (
  <>
    <label for={`${form}-${name}`}>{label}</label>
    <input id={`${form}-${name}`} name={name} value={value} type="number" step={step} required />
  </>
)
export const Integer = (props: Props<number>) => <NumberInput {...props} step="1" />
export const Decimal = (props: Props<number>) => <NumberInput {...props} step="any" />

export const Flag = ({ form, label, name, value }: Props<boolean>) => (
  <label class="check">
    <input id={`${form}-${name}`} name={name} type="checkbox" checked={value === true} />
    {label}
  </label>
)

export const Day = ({ form, label, name, value }: Props<string>) => (
  <>
    <label for={`${form}-${name}`}>{label}</label>
    <input id={`${form}-${name}`} name={name} value={value} type="date" required />
  </>
)
