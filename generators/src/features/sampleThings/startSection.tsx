// The section of the start page: a form that creates a sample thing, and a list of the visitor's.
import * as Effect from "effect/Effect"
import type { Section } from "evenstar/http/live/StartPage"
import { errorsIn, htmxForm } from "evenstar/http/views/htmxForm"
import { FormKey } from "evenstar/http/views/layout"
import { DetailInputs, path } from "./pages.tsx"
import { NewSampleLines } from "./sampleLines.tsx"
import { VisitorSampleThings } from "./VisitorSampleThings.ts"

export const startSection = Effect.map(
  VisitorSampleThings,
  (sampleThingsOf): Section =>
    ({ formKey, visitor }) =>
      Effect.map(visitor === null ? Effect.succeed([]) : sampleThingsOf(visitor), (sampleThings) => (
        // Errors are shown beside the form instead of at the top of the page.
        <section {...errorsIn("#sample-thing-error")}>
          <h2>Sample things</h2>
          <div id="sample-thing-error" role="alert" />
          <form class="entry" {...htmxForm(path, "queue all")}>
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
