// The bus on PostgreSQL: one NOTIFY channel for all events.
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import { StartFailed } from "../node/StartFailed.ts"
import { Postgres, type Prepared } from "../postgres/Postgres.ts"
import { responseTimeout } from "./reconnecting.ts"
import type { Transport } from "./Transport.ts"

const channel = "evenstar_events"

/** NOTIFY takes less than 8,000 bytes. */
const maxBytes = 7999

/** Queued messages, and messages per statement. */
const maxQueued = 2048
const batch = 256

/** Outside the append's transaction: commits with NOTIFY are serialized by PostgreSQL. */
const notify: Prepared = {
  name: "notify",
  text: `SELECT pg_notify('${channel}', message) FROM unnest($1::text[]) WITH ORDINALITY AS said (message, n) ORDER BY n`
}

export const make = Effect.gen(function* () {
  const postgres = yield* Postgres
  if (Option.isNone(postgres)) return yield* new StartFailed({ message: "EVENT_BUS=postgres needs DATABASE_URL" })
  const { listen, query, listenFailure } = postgres.value
  const listeners = new Set<(message: string) => void>()
  const listening = yield* Effect.makeLatch()
  const outbox = yield* Effect.acquireRelease(Queue.dropping<string>(maxQueued), Queue.shutdown)

  // One statement at a time keeps the order; the log has events of a failed one.
  yield* Queue.takeBetween(outbox, 1, batch).pipe(
    Effect.flatMap((messages) => query(notify, [Chunk.toReadonlyArray(messages)])),
    Effect.catchTag("StoreUnavailable", () => Effect.void),
    Effect.forever,
    Effect.forkScoped
  )
  yield* listen(
    channel,
    (message) => {
      for (const listener of listeners) listener(message)
    },
    () => listening.unsafeOpen()
  )

  return {
    name: "postgres",
    maxBytes,
    send: (_, message) => {
      outbox.unsafeOffer(message)
    },
    subscribe: Effect.fnUntraced(function* (listener) {
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          // The same listener may subscribe twice.
          const mine = (message: string) => listener(message)
          listeners.add(mine)
          return mine
        }),
        (mine) => Effect.sync(() => listeners.delete(mine))
      )
      if (listenFailure() !== undefined) yield* Effect.timeoutOption(listening.await, responseTimeout)
    }),
    silent: () => {
      const reason = listenFailure()
      return reason === undefined ? undefined : `PostgreSQL: ${reason}`
    }
  } satisfies Transport
})
