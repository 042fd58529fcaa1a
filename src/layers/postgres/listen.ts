// LISTEN on a dedicated connection, which is pinged and reconnected.
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import Pg from "pg"
import * as Doorbell from "../../lib/doorbell.ts"

interface ChannelListener {
  readonly onPayload: (payload: string) => void
  readonly onConnected: () => void
}

/** Interval and timeout of pings. */
const pingEvery = "1 second"
const pingTimeout = "1 second"
const reconnectAfter = "250 millis"

export const makeListener = Effect.fnUntraced(function* (config: Pg.ClientConfig) {
  const channels = new Map<string, Set<ChannelListener>>()
  let client: Pg.Client | undefined
  let reason: string | undefined = "connecting"
  let ended: (words: string) => void = () => {}

  /** Runs until the connection ends; fails with the reason. */
  const connectOnce = Effect.acquireUseRelease(
    Effect.sync(() => new Pg.Client(config)),
    (connection) =>
      Effect.tryPromise({
        try: async () => {
          connection.on("error", () => {})
          connection.on("end", () => ended("the connection was closed"))
          connection.on("notification", ({ channel, payload }) => {
            for (const { onPayload } of channels.get(channel) ?? []) onPayload(payload ?? "")
          })
          await connection.connect()
          for (const channel of channels.keys()) await connection.query(`LISTEN ${Pg.escapeIdentifier(channel)}`)
          client = connection
          reason = undefined
          for (const listening of channels.values()) for (const { onConnected } of listening) onConnected()
        },
        catch: (error) => (error instanceof Error ? error.message : String(error))
      }).pipe(
        Effect.zipRight(
          Effect.raceFirst(
            Effect.async<never, string>((resume) => {
              ended = (words) => resume(Effect.fail(words))
            }),
            Effect.forever(
              Effect.zipRight(
                Effect.sleep(pingEvery),
                Effect.tryPromise({ try: () => connection.query("SELECT 1"), catch: String }).pipe(
                  Effect.timeoutFail({ duration: pingTimeout, onTimeout: () => "the server doesn't answer" })
                )
              )
            )
          )
        )
      ),
    (connection) =>
      Effect.promise(() => {
        if (client === connection) client = undefined
        return connection.end().catch(() => {})
      }).pipe(Effect.timeoutOption("1 second"), Effect.asVoid)
  )
  const reconnect = connectOnce.pipe(
    Effect.catchAll((words) =>
      Effect.sync(() => {
        reason = words
      })
    ),
    Effect.zipRight(Effect.sleep(reconnectAfter)),
    Effect.forever
  )
  /** Connects with the first listener. */
  const doorbell = Doorbell.make(() => channels.size > 0)
  yield* Effect.forkScoped(Effect.zipRight(doorbell.wait, reconnect))

  return {
    listen: (
      channel: string,
      onPayload: (payload: string) => void,
      onConnected: () => void = () => {}
    ): Effect.Effect<void, never, Scope.Scope> =>
      Effect.asVoid(
        Effect.acquireRelease(
          Effect.promise(async () => {
            const listening = { onPayload, onConnected }
            const known = channels.get(channel)
            channels.set(channel, (known ?? new Set()).add(listening))
            doorbell.ring()
            // On failure the next connection listens.
            if (known === undefined) await client?.query(`LISTEN ${Pg.escapeIdentifier(channel)}`).catch(() => {})
            return listening
          }),
          (listening) => Effect.sync(() => channels.get(channel)?.delete(listening))
        )
      ),
    listenFailure: () => reason
  }
})
