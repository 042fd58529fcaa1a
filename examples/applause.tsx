// A feature in one file: stages, each with a live page that counts claps.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Aggregate from "evenstar/domain/Aggregate"
import * as Text from "evenstar/domain/Text"
import * as Feature from "evenstar/http/Feature"
import * as LivePage from "evenstar/http/live/LivePage"
import type { Section } from "evenstar/http/live/StartPage"
import { feed } from "evenstar/http/views/feed"
import { htmxForm } from "evenstar/http/views/htmxForm"
import { FormKey, Layout } from "evenstar/http/views/layout"
import { html, page } from "evenstar/http/views/render"
import * as AggregateStore from "evenstar/layers/aggregates/AggregateStore"

const StageOpened = Schema.TaggedStruct("StageOpened", { act: Schema.String })
const Clapped = Schema.TaggedStruct("Clapped", {})
const Stage = Schema.Struct({ act: Schema.String, claps: Schema.NonNegativeInt })
type Command = typeof StageOpened.Type | typeof Clapped.Type
class StageNotFound extends Schema.TaggedError<StageNotFound>()("StageNotFound", {}) {
  readonly kind = "not-found"
}
export const stage = Aggregate.make({
  type: "Stage",
  idName: "stageId",
  id: Schema.String,
  events: Schema.Union(StageOpened, Clapped),
  initial: { act: "", claps: 0 },
  decide: (_, command: Command): Either.Either<ReadonlyArray<Command>, StageNotFound> => Either.right([command]),
  evolve: ({ act, claps }, it) => (it._tag === "Clapped" ? { act, claps: claps + 1 } : { act: it.act, claps }),
  authorize: ({ act }) => (act === "" ? Either.left(new StageNotFound()) : Either.void),
  snapshot: { version: 1, schema: Stage }
})
class Stages extends Context.Tag("applause/Stages")<
  Stages,
  AggregateStore.AggregateStore<string, typeof Stage.Type, Command, StageNotFound>
>() {}
const pages = LivePage.layer({
  store: Stages,
  path: "/stages",
  // The page's entry script; stages have no owner and no views of parts.
  script: "index.ts",
  owner: () => null,
  viewOf: () => ({}),
  viewKey: () => "",
  fragment: ({ state: { act, claps } }) => html(<p>{`${act}: ${claps} claps`}</p>),
  page: ({ assets, fragment, state: { id, state } }) =>
    page(
      <Layout title={state.act} assets={assets}>
        <div {...feed(`/stages/${id}/feed`)} {...fragment} />
        <form {...htmxForm(`/stages/${id}/clap`)}>
          <button type="submit">Clap</button>
        </form>
      </Layout>
    ),
  create: LivePage.creation(Schema.Struct({ act: Text.readable(100) }), ({ act }) => [StageOpened.make({ act })]),
  forms: { clap: LivePage.form(Schema.Struct({}), () => Clapped.make({})) }
})
const start: Section = ({ formKey }) =>
  Effect.succeed(
    <form {...htmxForm("/stages", "queue all")}>
      <input name="act" required aria-label="Who is on stage?" />
      <FormKey value={formKey} />
      <button type="submit">Open a stage</button>
    </form>
  )
export const applause = Feature.make({
  name: "applause",
  aggregates: [stage],
  start: Effect.succeed(start),
  routes: pages,
  services: Layer.scoped(Stages, AggregateStore.make(stage))
})
