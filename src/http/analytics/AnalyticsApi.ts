// GET /api/analytics/{query}: results from the analytics cache as JSON or CSV. A cached result is
// sent by the fast router from its encoded bytes, without parsing, encoding or a fiber.
import { stringify } from "csv-stringify/sync"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import { LRUCache } from "lru-cache"
import type { AnyQuery, Question } from "../../domain/AnalyticsQuery.ts"
import { AnalyticsCache } from "../../layers/analytics/AnalyticsCache.ts"
import { Queries } from "../../layers/analytics/Queries.ts"
import { type QueryResult, rowsOf } from "../../layers/analytics/QueryResult.ts"
import { Settings } from "../../layers/node/Settings.ts"
import { unsafeMonotonicMillis } from "../../lib/monotonicTime.ts"
import { Visitor } from "../account/Visitor.ts"
import { analyticsGroup } from "../server/ApiContract.ts"
import { clientAddress, network } from "../server/address.ts"
import { validationFailed } from "../server/Body.ts"
import { conditionalStatus } from "../server/conditional.ts"
import { NotAcceptable, PreconditionFailed, type Reply } from "../server/Errors.ts"
import { serveRaw } from "../server/endpoints.ts"
import type { Handler, Incoming } from "../server/FastRouter.ts"
import { chooseMediaType } from "../server/mediaTypes.ts"
import { requestedSubject, Subjects } from "./Subjects.ts"

/** Parsed questions by URL, because pollers repeat theirs; longer URLs are parsed each time. */
const knownUrls = 1000
const knownUrlLength = 256

const typeFor = chooseMediaType(["application/json", "text/csv"])

const toCsv = ({ columns }: Question, answer: QueryResult) =>
  stringify([...rowsOf(answer)], { header: true, columns: [...columns], record_delimiter: "windows" })

/** Completes when the client disconnects: a query without other waiters is then interrupted. */
const left = ({ response }: Incoming) =>
  Effect.async<undefined>((resume) => {
    const leave = () => resume(Effect.succeed(undefined))
    if (response.destroyed) return leave()
    response.once("close", leave)
    return Effect.sync(() => response.off("close", leave))
  })

type Replied = Reply | Effect.Effect<never, NotAcceptable | PreconditionFailed>
const ready = (reply: Replied) => (Effect.isEffect(reply) ? reply : Effect.succeed(reply))

const serving = Effect.gen(function* () {
  const cache = yield* AnalyticsCache
  const subjects = (yield* Subjects).all()
  const visitors = yield* Visitor
  const clock = yield* Effect.clock
  const { trustProxy } = yield* Settings
  const isOfAll = ({ params }: Question) => requestedSubject(subjects, params) === undefined
  const networkOf = ({ message }: Incoming) => network(clientAddress(message, trustProxy))

  const reply = (question: Question, answer: QueryResult, { message }: Incoming, timing: string): Replied => {
    const type = typeFor(message.headers.accept)
    if (type === undefined) return Effect.fail(new NotAcceptable())
    const csv = type === "text/csv"
    const etag = csv ? `${answer.etag.slice(0, -1)}-csv"` : answer.etag
    const headers = {
      etag,
      // Cached but revalidated on each use; a 304 costs almost nothing.
      "cache-control": isOfAll(question) ? "no-cache" : "private, no-cache",
      age: String(Math.max(0, Math.floor((unsafeMonotonicMillis(clock) - answer.begunAt) / 1000))),
      vary: "accept",
      "server-timing": timing
    }
    const status = conditionalStatus(message.headers, etag)
    if (status === 412) return Effect.fail(new PreconditionFailed())
    if (status === 304) return { status, headers, body: "" }
    return csv
      ? {
          status: 200,
          headers: { ...headers, "content-type": "text/csv; charset=utf-8" },
          body: toCsv(question, answer)
        }
      : { status: 200, headers: { ...headers, "content-type": "application/json" }, body: answer.body }
  }

  /** Fails unless the visitor may read the aggregate that the question is restricted to. */
  const mayAsk = ({ params }: Question, incoming: Incoming) => {
    const asked = requestedSubject(subjects, params)
    return asked === undefined
      ? Effect.void
      : Effect.flatMap(visitors.of(incoming), (actor) =>
          visitors.limitGuesses(incoming, actor, asked.id)(asked.subject.find(asked.id, actor))
        )
  }

  const handler = (query: AnyQuery): Handler => {
    /** Public questions only: those that are not restricted to one aggregate. */
    const known = new LRUCache<string, Question>({ max: knownUrls })
    const ask = (incoming: Incoming) =>
      Effect.gen(function* () {
        const question = yield* Either.mapLeft(query.parse(incoming.query), validationFailed)
        yield* mayAsk(question, incoming)
        const { url = "" } = incoming.message
        if (isOfAll(question) && url.length <= knownUrlLength) known.set(url, question)
        const kept = cache.hit(question, () => networkOf(incoming))
        if (kept !== undefined) return yield* ready(reply(question, kept, incoming, "cache;desc=hit"))
        const answer = yield* Effect.raceFirst(cache.get(question, networkOf(incoming)), left(incoming))
        if (answer === undefined) return undefined
        return yield* ready(reply(question, answer, incoming, `cache;desc=miss, db;dur=${answer.millis}`))
      })
    return (incoming) => {
      const question = known.get(incoming.message.url ?? "")
      const answer = question === undefined ? undefined : cache.hit(question, () => networkOf(incoming))
      return question === undefined || answer === undefined
        ? ask(incoming)
        : reply(question, answer, incoming, "cache;desc=hit")
    }
  }
  const queries = yield* Queries
  yield* serveRaw(analyticsGroup(queries), Object.fromEntries(queries.map((query) => [query.name, handler(query)])))
})

export const layer = Layer.effectDiscard(serving)
