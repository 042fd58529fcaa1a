// A connection to a bus that is made anew whenever it is lost, with all subscriptions on it.
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

export class LinkLost extends Schema.TaggedError<LinkLost>()("LinkLost", { reason: Schema.String }) {
  override get message() {
    return this.reason
  }
}

/** What went wrong, in the words of whoever says it. */
export const lostBy = (error: unknown) =>
  new LinkLost({ reason: (error instanceof Error ? error.message : String(error)).split("\n").join(" ") })

export interface Begun {
  /** Succeeds when the bus knows of it. */
  readonly live: Effect.Effect<void, LinkLost>
  readonly end: () => void
}

/** Nothing of it throws. */
export interface Link {
  /** Drops what the link can't take now. */
  readonly send: (place: string, message: string) => void
  readonly subscribe: (places: string, listener: (message: string) => void) => Begun
  readonly lost: Effect.Effect<never, LinkLost>
}

interface Wanted {
  readonly places: string
  readonly listener: (message: string) => unknown
  end: () => void
}

/** A bus that is there answers within this. */
export const patience = "2 seconds"

/** Milliseconds between two tries: from the first to the longest. */
const shortest = 100
const longest = 2000
/** A link that held so long is a good one: the next try after it is a first one again. */
const good = "5 seconds"

const nothing = () => {}

/** Begins in the background: whoever starts doesn't wait for a bus that is away. */
export const reconnecting = Effect.fnUntraced(function* (
  name: string,
  open: Effect.Effect<Link, LinkLost, Scope.Scope>
) {
  const wanted = new Set<Wanted>()
  const tried = yield* Effect.makeLatch()
  let link: Link | undefined
  let reason: string | undefined = "not connected yet"
  let failures = 0

  const begin = (on: Link, one: Wanted) =>
    Effect.suspend(() => {
      const { end, live } = on.subscribe(one.places, one.listener)
      one.end = end
      return live
    }).pipe(
      Effect.timeoutFail({
        duration: patience,
        onTimeout: () => new LinkLost({ reason: "a subscription isn't answered" })
      })
    )

  /** In one step with taking down what is wanted: nothing is begun twice, and nothing forgotten. */
  const hold = (opened: Link) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        link = opened
        return [...wanted]
      }),
      () =>
        Effect.sync(() => {
          link = undefined
          for (const one of wanted) one.end = nothing
        })
    )

  const serve = Effect.fnUntraced(function* (opened: Link) {
    const before = yield* hold(opened)
    yield* Effect.forEach(before, (one) => begin(opened, one), { concurrency: "unbounded", discard: true })
    reason = undefined
    yield* tried.open
    yield* Effect.sleep(good)
    failures = 0
    return yield* Effect.never
  })

  const once = Effect.flatMap(open, (opened) => Effect.raceFirst(opened.lost, serve(opened))).pipe(
    Effect.tapErrorCause((cause) =>
      Effect.suspend(() => {
        reason = lostBy(Cause.squash(cause)).reason
        return tried.open
      })
    ),
    Effect.scoped,
    // It is told, and whatever it was, the next try may do better.
    Effect.catchAllCause(() => Effect.void)
  )
  const pause = Effect.flatMap(Random.next, (chance) =>
    Effect.sleep(Math.min(longest, shortest * 2 ** failures++) * (0.5 + chance / 2))
  )
  yield* Effect.zipRight(once, pause).pipe(Effect.forever, Effect.forkScoped)

  return {
    send: (place: string, message: string) => link?.send(place, message),
    subscribe: Effect.fnUntraced(function* (places: string, listener: (message: string) => void) {
      const [one, on] = yield* Effect.acquireRelease(
        Effect.sync(() => {
          // What is on its way when the scope closes is for nobody.
          const heard = (message: string) => wanted.has(added) && listener(message)
          const added: Wanted = { places, listener: heard, end: nothing }
          wanted.add(added)
          return [added, link] as const
        }),
        ([added]) =>
          Effect.sync(() => {
            wanted.delete(added)
            added.end()
          })
      )
      if (on === undefined) yield* Effect.timeoutOption(tried.await, patience)
      // Where that fails, the next link begins with it.
      else yield* Effect.option(begin(on, one))
    }),
    silent: () => (reason === undefined ? undefined : `${name}: ${reason}`)
  }
})
