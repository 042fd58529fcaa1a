// GET /: a section for each feature, with the visitor's own items and the form for a new one.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { VNode } from "preact"
import type { Refusal } from "../../domain/Refusal.ts"
import { Ids } from "../../layers/node/Ids.ts"
import { accountOf, type CurrentVisitor, Visitor } from "../account/Visitor.ts"
import { FastRouter } from "../server/FastRouter.ts"
import { pageReply } from "../server/replies.ts"
import { pageAssets } from "../views/pageAssets.ts"
import { startPage } from "../views/startPage.tsx"

/** Input of a section: visitor, query string, and the form's Idempotency-Key. */
export interface StartPageRequest {
  readonly visitor: CurrentVisitor | null
  readonly asked: URLSearchParams
  readonly formKey: string
}

export type Section = (looking: StartPageRequest) => Effect.Effect<VNode, Refusal>

export class StartPage extends Context.Tag("evenstar/StartPage")<
  StartPage,
  {
    /** Adds a feature's section; the order is that of the names given to the Layer. */
    readonly add: (feature: string, section: Section) => void
    readonly sections: () => ReadonlyArray<Section>
  }
>() {
  static readonly layer = (features: ReadonlyArray<string>) =>
    Layer.sync(StartPage, () => {
      const sections = new Map<string, ReadonlyArray<Section>>()
      return {
        add: (feature, section) => void sections.set(feature, [...(sections.get(feature) ?? []), section]),
        sections: () => features.flatMap((name) => sections.get(name) ?? [])
      }
    })
}

export const route = Layer.effectDiscard(
  Effect.gen(function* () {
    const { sections } = yield* StartPage
    const ids = yield* Ids
    const router = yield* FastRouter
    const visitors = yield* Visitor
    const assets = yield* pageAssets("index.ts")
    router.route("GET", "/", (incoming) =>
      Effect.gen(function* () {
        const visitor = yield* visitors.of(incoming)
        const asked = new URLSearchParams(incoming.message.url?.split("?")[1])
        const views = yield* Effect.forEach(sections(), (section) =>
          Effect.flatMap(ids.random, (formKey) => section({ visitor, asked, formKey }))
        )
        return yield* pageReply(incoming, () => startPage(assets(), accountOf(visitor), views))
      })
    )
  })
)
