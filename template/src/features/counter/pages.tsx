// The live page of a counter, and the section of the start page.
import type * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as LivePage from "evenstar/http/live/LivePage"
import type { Section } from "evenstar/http/live/StartPage"
import { feed } from "evenstar/http/views/feed"
import { htmxForm } from "evenstar/http/views/htmxForm"
import { FormKey, Layout } from "evenstar/http/views/layout"
import { LiveStatus } from "evenstar/http/views/liveStatus"
import { html, page } from "evenstar/http/views/render"
import type { AggregateState } from "evenstar/layers/aggregates/AggregateStore"
import { type Command, type Counter, type CounterId, CounterName, Counters, maxLength } from "./Counter.ts"

const path = "/counters"

/** Sent to open pages on each change; rendered once for all readers. */
const fragment = ({ id, state: { count } }: AggregateState<CounterId, Counter>) =>
  html(
    <>
      <p id="count" class="count" role="status">
        {count}
      </p>
      <div class="buttons">
        <form {...htmxForm(`${path}/${id}/down`, "queue all")}>
          <button type="submit" disabled={count === 0} aria-label="One less">
            −1
          </button>
        </form>
        <form {...htmxForm(`${path}/${id}/up`, "queue all")}>
          <button type="submit" aria-label="One more">
            +1
          </button>
        </form>
      </div>
    </>
  )

const count = (by: 1 | -1) => LivePage.form(Schema.Struct({}), (): Command => ({ _tag: "Count", by }))

export const pages = LivePage.layer({
  store: Counters,
  path,
  script: "index.ts",
  owner: ({ owner }) => owner,
  viewOf: () => ({}),
  viewKey: () => "",
  fragment,
  page: ({ assets, fragment: content, reader: { account }, state: { id, state } }) =>
    page(
      <Layout title={`${state.name} · ${assets.site}`} assets={assets} account={account} status={<LiveStatus />}>
        <h2 dir="auto">{state.name}</h2>
        <div id="error" role="alert" />
        <div id="feed" {...feed(`${path}/${id}/feed`)} {...content} />
        <p class="quiet">Open this address in another window: both count the same.</p>
      </Layout>
    ),
  create: LivePage.creation(
    Schema.Struct({ name: CounterName }),
    ({ name }, { actor }): Arr.NonEmptyReadonlyArray<Command> => [
      { _tag: "CreateCounter", owner: actor?.visitorId ?? null, name }
    ]
  ),
  forms: { up: count(1), down: count(-1) }
})

export const startSection = Effect.succeed<Section>(({ formKey }) =>
  Effect.succeed(
    <section>
      <h2>Counters</h2>
      <form class="entry" {...htmxForm(path, "queue all")}>
        <label for="name">What do you want to count?</label>
        <input id="name" name="name" dir="auto" required maxLength={maxLength} autocomplete="off" />
        <FormKey value={formKey} />
        <button type="submit">Start counting</button>
      </form>
    </section>
  )
)
