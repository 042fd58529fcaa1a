// Jobs that one node at a time runs for all, at most once per interval by the database's clock. The
// runner holds a lease, extended while it works; a dead node's lease expires. Holds no connection.
import { randomUUID } from "node:crypto"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"
import { realDelay, realMonotonicMillis } from "../../lib/eventLoop.ts"
import { NodeIdentity } from "../node/NodeIdentity.ts"
import type { PostgresService, Prepared } from "./Postgres.ts"

/** Milliseconds. */
const lease = 5000
const extendEvery = 1000
/** Maximum time between polls, in milliseconds. A poll without work writes nothing. */
const pollEvery = 5000

const leaseEnd = `clock_timestamp() + interval '${lease} milliseconds'`

// Leases and completions in the future stem from a clock set back and are ignored.
const statements = {
  exist: { name: "job-exist", text: "INSERT INTO duties (name) VALUES ($1) ON CONFLICT DO NOTHING" },
  take: {
    name: "job-take",
    text: `UPDATE duties SET holder = $2, node_id = $3, held_until = ${leaseEnd}
      WHERE name = $1 AND NOT (held_until > clock_timestamp() AND held_until <= ${leaseEnd})
        AND NOT (done_at > clock_timestamp() - $4 * interval '1 millisecond' AND done_at <= clock_timestamp())
      RETURNING 1`
  },
  extend: {
    name: "job-extend",
    text: `UPDATE duties SET held_until = ${leaseEnd} WHERE name = $1 AND holder = $2 RETURNING 1`
  },
  done: {
    name: "job-done",
    text: `UPDATE duties SET done_at = clock_timestamp(), held_until = '-infinity', holder = NULL
      WHERE name = $1 AND holder = $2`
  }
} satisfies Record<string, Prepared>

/**
 * Runs the job on one node, with `every` between end and start, until the scope closes. A failed
 * job is retried by any node when the lease expires. Interrupted when the lease is lost; must
 * tolerate a paused node continuing for a moment.
 */
export const leasedJob = Effect.fnUntraced(function* (
  { query }: PostgresService,
  name: string,
  every: Duration.DurationInput,
  work: Effect.Effect<unknown, StoreUnavailable>
) {
  const { nodeId } = yield* NodeIdentity
  const holder = randomUUID()
  let exists = false

  /** Returns when the lease is lost or could not be extended in time. */
  const leaseLost = Effect.gen(function* () {
    let extendedAt = yield* realMonotonicMillis
    for (;;) {
      yield* realDelay(extendEvery)
      const asked = yield* realMonotonicMillis
      const answer = yield* query(statements.extend, [name, holder]).pipe(
        Effect.asSome,
        Effect.raceFirst(Effect.as(realDelay(extendEvery), Option.none())),
        Effect.catchAll(() => Effect.succeedNone)
      )
      if (Option.isSome(answer) && answer.value.length === 0) return
      if (Option.isSome(answer)) extendedAt = asked
      else if ((yield* realMonotonicMillis) - extendedAt > lease - 2 * extendEvery) return
    }
  })

  const attempt = Effect.raceFirst(
    Effect.as(
      Effect.tapErrorCause(work, (cause) =>
        Cause.isInterrupted(cause) ? Effect.void : Effect.logWarning(`${name} failed and will be retried`, cause)
      ),
      true
    ),
    Effect.as(leaseLost, false)
  )
  const poll = Effect.gen(function* () {
    if (!exists) yield* query(statements.exist, [name])
    exists = true
    const taken = yield* query(statements.take, [name, holder, nodeId, Duration.toMillis(every)])
    if (taken.length === 0) return
    if (yield* attempt) yield* query(statements.done, [name, holder])
    else yield* Effect.logWarning(`${name} lost its lease and was interrupted; another node continues it`)
  }).pipe(
    Effect.catchAllCause((cause) =>
      Cause.isInterruptedOnly(cause) ? Effect.interrupt : Effect.logDebug(`${name} can't run now`, cause)
    )
  )

  yield* poll.pipe(
    Effect.zipRight(realDelay(Math.min(Duration.toMillis(every), pollEvery))),
    Effect.forever,
    Effect.forkScoped
  )
})
