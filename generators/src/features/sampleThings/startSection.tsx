// The section of the start page: a form that creates a sample thing, and a list of the visitor's.
import * as Effect from "effect/Effect"
import type { Section } from "evenstar/http/live/StartPage"
import { htmxForm } from "evenstar/http/views/htmxForm"
import { FormKey } from "evenstar/http/views/layout"
import { DetailInputs, path } from "./pages.tsx"
import { NewSampleLines } from "./sampleLines.tsx"
import { VisitorSampleThings } from "./VisitorSampleThings.ts"

/** Errors are shown beside the form instead of at the top of the page. */
const errorsHere = {
  "hx-status:4xx": "target:#sample-thing-error swap:innerHTML",
  "hx-status:5xx": "target:#sample-thing-error swap:innerHTML"
}

export const startSection = Effect.map(
  VisitorSampleThings,
  (sampleThingsOf): Section =>
    ({ formKey, visitor }) =>
      Effect.map(visitor === null ? Effect.succeed([]) : sampleThingsOf(visitor), (sampleThings) => (
        <section>
          <h2>Sample things</h2>
          <div id="sample-thing-error" role="alert" />
          <form class="entry" {...htmxForm(path, "queue all")} {...errorsHere}>
            <DetailInputs form="sample-thing" />
            <NewSampleLines form="sample-thing" />
            <FormKey value={formKey} />
            <button type="submit">Create</button>
          </form>
          <ul class="links" id="sample-things">
            {sampleThings.map(({ closed, id, name }) => (
              <li key={id}>
                <a href={`${path}/${id}`}>
                  <span class="text" dir="auto">
                    {name}
                  </span>
                  <small>{closed === 1 ? "closed" : "open"}</small>
                </a>
              </li>
            ))}
          </ul>
        </section>
      ))
)
