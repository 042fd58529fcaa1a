// The sample lines on the page: all readers may add one, the owner may remove it.
import * as Schema from "effect/Schema"
import * as Field from "evenstar/domain/Field"
import * as FormField from "evenstar/http/live/FormField"
import * as LivePage from "evenstar/http/live/LivePage"
import { htmxForm } from "evenstar/http/views/htmxForm"
import * as Input from "evenstar/http/views/inputs"
import { FormKey } from "evenstar/http/views/layout"
import { type Command, NewSampleThing, type SampleThing } from "./SampleThing.ts"

interface Props {
  /** Path of the page. */
  readonly page: string
  readonly state: SampleThing
}

export const SampleLines = ({ page, state: { closed, sampleLines } }: Props) => (
  <section aria-labelledby="sample-lines-title">
    <h3 id="sample-lines-title">Sample lines</h3>
    <ul class="rows" id="sample-lines">
      {sampleLines.map((line, index) => (
        // Texts are not unique.
        <li key={`${index} ${line}`}>
          <span class="text" dir="auto">
            {line}
          </span>
          <form class="of-owner" {...htmxForm(`${page}/sample-lines/remove`, "queue all")}>
            <input type="hidden" name="line" value={line} />
            <button type="submit" disabled={closed} aria-label={`Remove ${line}`}>
              Remove
            </button>
          </form>
        </li>
      ))}
    </ul>
  </section>
)

/** Outside the fragment, so that updates keep the typed text. */
export const AddSampleLines = ({ formKey, page }: Pick<Props, "page"> & { readonly formKey: string }) => (
  <form class="entry" {...htmxForm(`${page}/sample-lines`, "queue all")}>
    <label for="new-sample-lines">Add to sample lines</label>
    <input id="new-sample-lines" name="text" dir="auto" required maxLength={Field.maxLength} autocomplete="off" />
    <FormKey value={formKey} />
    <button type="submit">Add</button>
  </form>
)

/** Input of the form that creates a sample thing, and its form field. */
export const NewSampleLines = ({ form }: { readonly form: string }) => (
  <Input.Lines form={form} name="sampleLines" label="Sample lines" value={undefined} />
)

export const newSampleLines = FormField.lines(NewSampleThing.fields.sampleLines)

export const sampleLinesForms: Readonly<Record<string, LivePage.Form<Command>>> = {
  "sample-lines": LivePage.form(
    Schema.Struct({ text: Field.line }),
    ({ text }) => ({ _tag: "AddSampleLines", sampleLines: [text] }),
    { beginsSession: true }
  ),
  "sample-lines/remove": LivePage.form(Schema.Struct({ line: Schema.String }), ({ line }) => ({
    _tag: "RemoveSampleLines",
    sampleLines: [line]
  }))
}
