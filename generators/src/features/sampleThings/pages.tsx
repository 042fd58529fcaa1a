// The live page: the fragment that is sent to open browsers, the page around it, and the forms.
import type * as Arr from "effect/Array"
import * as Schema from "effect/Schema"
import * as FormField from "evenstar/http/live/FormField"
import * as LivePage from "evenstar/http/live/LivePage"
import { feed } from "evenstar/http/views/feed"
import { htmxForm } from "evenstar/http/views/htmxForm"
import * as Input from "evenstar/http/views/inputs"
import { Layout } from "evenstar/http/views/layout"
import { LiveStatus } from "evenstar/http/views/liveStatus"
import { html, page } from "evenstar/http/views/render"
import type { AggregateState } from "evenstar/layers/aggregates/AggregateStore"
import { type Command, Details, type SampleThing, type SampleThingId, SampleThings } from "./SampleThing.ts"
import { AddSampleLines, newSampleLines, SampleLines, sampleLinesForms } from "./sampleLines.tsx"

export const path = "/sample-things"

/** Rendered once per version for all readers; `of-owner` hides the owner's controls from others. */
const fragment = (shown: AggregateState<SampleThingId, SampleThing>) =>
  html(
    <>
      <h2 dir="auto">{shown.state.sampleName}</h2>
      <dl>
        <dt>Sample text</dt>
        <dd dir="auto">{shown.state.sampleText}</dd>
        <dt>Sample integer</dt>
        <dd>{shown.state.sampleInteger}</dd>
        <dt>Sample number</dt>
        <dd>{shown.state.sampleNumber}</dd>
        <dt>Sample flag</dt>
        <dd>{shown.state.sampleFlag ? "yes" : "no"}</dd>
        <dt>Sample day</dt>
        <dd>{shown.state.sampleDay}</dd>
      </dl>
      <SampleLines page={`${path}/${shown.id}`} state={shown.state} />
      <p class="quiet" role="status">
        {shown.state.closed ? "It is closed." : "It is open."}
      </p>
    </>
  )

/** Inputs of the forms that create and change one; `form` is a prefix of their ids. */
export const DetailInputs = ({ form, values }: { readonly form: string; readonly values?: typeof Details.Type }) => (
  <>
    <Input.Text form={form} name="sampleName" label="Sample name" value={values?.sampleName} />
    <Input.Text form={form} name="sampleText" label="Sample text" value={values?.sampleText} />
    <Input.Integer form={form} name="sampleInteger" label="Sample integer" value={values?.sampleInteger} />
    <Input.Decimal form={form} name="sampleNumber" label="Sample number" value={values?.sampleNumber} />
    <Input.Flag form={form} name="sampleFlag" label="Sample flag" value={values?.sampleFlag} />
    <Input.Day form={form} name="sampleDay" label="Sample day" value={values?.sampleDay} />
  </>
)

const DetailsForm = Schema.Struct({
  sampleName: FormField.text(Details.fields.sampleName),
  sampleText: FormField.text(Details.fields.sampleText),
  sampleInteger: FormField.number(Details.fields.sampleInteger),
  sampleNumber: FormField.number(Details.fields.sampleNumber),
  sampleFlag: FormField.flag,
  sampleDay: FormField.text(Details.fields.sampleDay)
})
const NewForm = Schema.Struct({
  sampleLines: newSampleLines,
  ...DetailsForm.fields
})

const OwnersForms = ({ id, state }: AggregateState<SampleThingId, SampleThing>) => (
  <details>
    <summary>Change or close it</summary>
    <form class="entry" {...htmxForm(`${path}/${id}/change`)}>
      <DetailInputs form="change" values={state} />
      <button type="submit">Save</button>
    </form>
    <form {...htmxForm(`${path}/${id}/close`)}>
      <button type="submit">Close</button>
    </form>
  </details>
)

export const pages = LivePage.layer({
  store: SampleThings,
  path,
  script: "index.ts",
  owner: ({ owner }) => owner,
  viewOf: () => ({}),
  viewKey: () => "",
  fragment,
  page: (shown) =>
    page(
      <Layout
        title={`${shown.state.state.sampleName} · Sample thing`}
        assets={shown.assets}
        account={shown.reader.account}
        status={<LiveStatus />}
      >
        <div id="error" role="alert" />
        <div
          id="feed"
          data-owner={shown.reader.isOwner}
          {...feed(`${path}/${shown.state.id}/feed`)}
          {...shown.fragment}
        />
        <AddSampleLines page={`${path}/${shown.state.id}`} formKey={shown.formKey} />
        {shown.reader.isOwner ? <OwnersForms {...shown.state} /> : null}
      </Layout>
    ),
  create: LivePage.creation(
    NewForm,
    (values, { actor }): Arr.NonEmptyReadonlyArray<Command> => [
      { _tag: "CreateSampleThing", owner: actor?.visitorId ?? null, values }
    ]
  ),
  forms: {
    ...sampleLinesForms,
    change: LivePage.form(DetailsForm, (details) => ({ _tag: "ChangeSampleThing", details })),
    close: LivePage.form(Schema.Struct({}), () => ({ _tag: "CloseSampleThing" }))
  }
})
