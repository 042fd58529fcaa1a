// The bus on Zenoh, through a zenoh-bridge-remote-api. The client is an optional dependency and
// runs in a worker thread per connection (zenohProgram.ts), which is terminated with it.
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { connect as connectSocket } from "node:net"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { Worker } from "node:worker_threads"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { Settings } from "../node/Settings.ts"
import { StartFailed } from "../node/StartFailed.ts"
import { allZenohKeys, zenohKey } from "./addresses.ts"
import { type BusConnection, BusConnectionLost, reconnecting, toConnectionLost } from "./reconnecting.ts"
import type { Transport } from "./Transport.ts"
import { zenohProgram } from "./zenohProgram.ts"

const client = "@eclipse-zenoh/zenoh-ts"

/** Maximum bytes of a message. */
const maxBytes = 256 * 1024
/** Characters queued for the worker, and bytes queued in it for the network. */
const maxUnhandled = 8 * 1024 * 1024
const maxBufferedBytes = 1024 * 1024
/** Milliseconds between pings of the bridge, and their timeout. */
const pingEvery = 2000
const responseTimeout = 2000

const wasmFlag = "--experimental-wasm-modules"

/** Finds a package's file beside the program or in the current directory. */
const find = (file: string) =>
  [dirname(process.argv[1] ?? process.execPath), process.cwd()]
    .flatMap((folder) => createRequire(join(folder, "program.js")).resolve.paths(file) ?? [])
    .map((folder) => join(folder, file))
    .find((path) => existsSync(path))

const ThreadMessage = Schema.Tuple(
  Schema.Literal("ready", "unloadable", "linked", "lost", "subscribed", "message"),
  Schema.Number,
  Schema.String
)
const isThreadMessage = Schema.is(ThreadMessage)

interface Thread {
  readonly post: (
    what: "connect" | "subscribe" | "unsubscribe" | "put",
    number?: number,
    ...texts: Array<string>
  ) => void
  /** Characters posted but not yet handled. */
  readonly unhandled: (put: number) => number
  /** Sets the listener of the worker's messages. */
  readonly onMessage: (listener: (said: typeof ThreadMessage.Type) => void) => void
}

const startThread = (clientFile: string, socketModule: string | undefined, url: URL) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        const { password, username } = url
        const basic = Buffer.from([username, password].map(decodeURIComponent).join(":")).toString("base64")
        const handled = new Int32Array(new SharedArrayBuffer(4))
        const bare = new URL(url)
        bare.username = bare.password = ""
        const worker = new Worker(zenohProgram, {
          eval: true,
          name: "zenoh",
          // Harmless where Node no longer needs the flag.
          execArgv: [...(process.allowedNodeEnvironmentFlags.has(wasmFlag) ? [wasmFlag] : []), "--no-warnings"],
          workerData: {
            ...{
              pingEvery,
              client: pathToFileURL(clientFile).href,
              handled,
              maxBufferedBytes,
              responseTimeout,
              socketModule
            },
            headers: username === "" && password === "" ? {} : { authorization: `Basic ${basic}` },
            url: bare.href
          }
        })
        return { worker, handled }
      }),
      ({ worker }) =>
        Effect.timeoutOption(
          Effect.promise(() => worker.terminate()),
          "1 second"
        )
    ),
    ({ handled, worker }): Thread => {
      let hears: (said: typeof ThreadMessage.Type) => void = () => {}
      worker.on("message", (said: unknown) => {
        if (isThreadMessage(said)) hears(said)
      })
      // An uncaught error in the client.
      worker.on("error", (error) => hears(["lost", 0, toConnectionLost(error).reason]))
      return {
        post: (what, number = 0, ...texts) => worker.postMessage([what, number, ...texts]),
        unhandled: (put) => (put - Atomics.load(handled, 0)) | 0,
        onMessage: (listener) => {
          hears = listener
        }
      }
    }
  )

/** Waits until the client is loaded. */
const loaded = (thread: Thread) =>
  Effect.async<void, BusConnectionLost>((resume) =>
    thread.onMessage(([what, , text]) =>
      resume(what === "ready" ? Effect.void : Effect.fail(new BusConnectionLost({ reason: text })))
    )
  )

const connectOn = (thread: Thread) =>
  Effect.async<BusConnection, BusConnectionLost>((resume) => {
    let put = 0
    let subscriptions = 0
    let lost: BusConnectionLost | undefined
    let onLost = (error: BusConnectionLost) => resume(Effect.fail(error))
    const listeners = new Map<number, (message: string) => void>()
    const begun = new Map<number, () => void>()

    const link: BusConnection = {
      send: (key, message) => {
        if (thread.unhandled(put) > maxUnhandled) return
        put += message.length
        thread.post("put", 0, key, message)
      },
      subscribe: (keys, listener) => {
        const number = ++subscriptions
        listeners.set(number, listener)
        let isLive = false
        begun.set(number, () => {
          isLive = true
        })
        const live = Effect.async<void>((resume) => {
          if (isLive) resume(Effect.void)
          else begun.set(number, () => resume(Effect.void))
        })
        thread.post("subscribe", number, keys)
        return {
          live,
          end: () => {
            listeners.delete(number)
            begun.delete(number)
            thread.post("unsubscribe", number)
          }
        }
      },
      lost: Effect.async((over) => {
        onLost = (error) => over(Effect.fail(error))
        if (lost !== undefined) onLost(lost)
      })
    }
    thread.onMessage(([what, number, text]) => {
      if (what === "message") listeners.get(number)?.(text)
      else if (what === "subscribed") begun.get(number)?.()
      else if (what === "linked") resume(Effect.succeed(link))
      else {
        lost = new BusConnectionLost({ reason: text })
        onLost(lost)
      }
    })
    thread.post("connect")
  })

/** Checks that the bridge is reachable before starting a worker. */
const checkReachable = ({ hostname, port, protocol }: URL) =>
  Effect.async<void, BusConnectionLost>((resume) => {
    const socket = connectSocket({
      host: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port) || (protocol === "wss:" ? 443 : 80),
      timeout: responseTimeout
    })
    const done = (answer: Effect.Effect<void, BusConnectionLost>) => {
      socket.destroy()
      resume(answer)
    }
    socket.once("connect", () => done(Effect.void))
    socket.once("error", (error) => done(Effect.fail(toConnectionLost(error))))
    socket.once("timeout", () => done(Effect.fail(new BusConnectionLost({ reason: "the bridge doesn't answer" }))))
    return Effect.sync(() => socket.destroy())
  })

export const make = Effect.gen(function* () {
  const { zenohUrl } = yield* Settings
  if (Option.isNone(zenohUrl)) return yield* new StartFailed({ message: "EVENT_BUS=zenoh needs ZENOH_URL" })
  const url = new URL(Redacted.value(zenohUrl.value))
  const clientFile = find(join(client, "dist/index.js"))
  if (clientFile === undefined) {
    return yield* new StartFailed({
      message: `EVENT_BUS=zenoh needs Zenoh's client, which is not installed: npm install ${client}`
    })
  }
  const socketModule = find("ws/index.js")
  if (socketModule === undefined && !("WebSocket" in globalThis)) {
    return yield* new StartFailed({ message: "EVENT_BUS=zenoh needs a WebSocket, which Node 20 lacks: npm install ws" })
  }

  const thread = Effect.suspend(() => startThread(clientFile, socketModule, url))
  yield* Effect.flatMap(thread, loaded).pipe(
    Effect.scoped,
    Effect.mapError(
      ({ reason }) => new StartFailed({ message: `EVENT_BUS=zenoh: ${client} can't be loaded: ${reason}` })
    )
  )
  const open = checkReachable(url).pipe(Effect.zipRight(thread), Effect.tap(loaded), Effect.flatMap(connectOn))
  const bus = yield* reconnecting("Zenoh", open)
  return {
    name: "zenoh",
    maxBytes,
    send: (address, message) => bus.send(zenohKey(address), message),
    subscribe: (listener) => bus.subscribe(allZenohKeys, listener),
    silent: bus.silent
  } satisfies Transport
})
