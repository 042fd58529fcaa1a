// GET /sample-things/sample-page: a static page.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { accountOf, Visitor } from "evenstar/http/account/Visitor"
import { FastRouter } from "evenstar/http/server/FastRouter"
import { pageReply } from "evenstar/http/server/replies"
import { Layout } from "evenstar/http/views/layout"
import { pageAssets } from "evenstar/http/views/pageAssets"
import { page } from "evenstar/http/views/render"

export const samplePage = Layer.effectDiscard(
  Effect.gen(function* () {
    const router = yield* FastRouter
    const visitors = yield* Visitor
    const assets = yield* pageAssets("index.ts")
    router.route("GET", "/sample-things/sample-page", (incoming) =>
      Effect.flatMap(visitors.of(incoming), (visitor) =>
        pageReply(incoming, () =>
          page(
            <Layout title="Sample page" assets={assets()} account={accountOf(visitor)}>
              <h2>Sample page</h2>
              <p>{visitor === null ? "You have no session." : "You have a session."}</p>
            </Layout>
          )
        )
      )
    )
  })
)
