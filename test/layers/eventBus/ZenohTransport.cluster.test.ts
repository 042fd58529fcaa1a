import { createServer } from "node:http"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { make } from "../../../src/layers/eventBus/ZenohTransport.ts"
import { clientDirectory, isClientSkipped, startZenohBridge, type Zenoh } from "../../servers/zenoh.ts"
import { settings, temporaryDirectory } from "../../support.ts"
import { eventBusContract } from "./eventBusContract.ts"
import { type Env, event, eventually, node, remoteBusContract, singleNode, takeUntil } from "./remoteBusContract.ts"

const failure = (env: Env) => Effect.flip(Effect.scoped(Effect.provide(make, settings(env))))

/** The folder of the client, which is not a dependency. */
const inFolder = (folder: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = process.cwd()
      process.chdir(folder)
      return before
    }),
    (before) => Effect.sync(() => process.chdir(before))
  )

describe("Zenoh without its client", () => {
  it.scoped("refuses to start and says in one line what to do", () =>
    Effect.gen(function* () {
      yield* Effect.flatMap(temporaryDirectory, inFolder)
      expect((yield* failure({ ZENOH_URL: "ws://127.0.0.1:1" })).message).toBe(
        "EVENT_BUS=zenoh needs Zenoh's client, which is not installed: npm install @eclipse-zenoh/zenoh-ts"
      )
    })
  )
})

describe.skipIf(isClientSkipped)("Zenoh", () => {
  const before = process.cwd()
  let bridge: Zenoh
  beforeAll(async () => {
    process.chdir(clientDirectory)
    bridge = await startZenohBridge()
  })
  afterAll(async () => {
    process.chdir(before)
    await bridge.stop()
  })
  const env = () => ({ EVENT_BUS: "zenoh", ZENOH_URL: bridge.url })

  eventBusContract("EVENT_BUS=zenoh", singleNode(make, env))
  remoteBusContract({
    name: "zenoh",
    make,
    env,
    kill: () => bridge.kill(),
    start: () => bridge.start(),
    pid: () => bridge.pid()
  })

  it.scopedLive("from one bridge to the other", () =>
    Effect.gen(function* () {
      const other = yield* Effect.acquireRelease(
        Effect.promise(() => startZenohBridge({ connect: [bridge.peer] })),
        (it) => Effect.promise(() => it.stop())
      )
      const [a, b] = yield* Effect.all([node(make, env()), node(make, { ZENOH_URL: other.url })])
      const subscription = yield* b.bus.subscribe
      // Bridges exchange subscriptions without reporting when they are done.
      yield* Effect.fork(Effect.forever(Effect.delay(a.bus.publish([event(1, "b")]), "50 millis")))
      yield* eventually(subscription.take, (taken) => taken.length > 0)
      yield* a.bus.publish([event(2, "a"), event(3, "b"), event(4, "c")])
      expect((yield* takeUntil(subscription, 4)).filter((it) => it !== 1)).toEqual([2, 3, 4])
    })
  )

  it.scopedLive("sends credentials to the bridge's address only and keeps them out of error messages", () =>
    Effect.gen(function* () {
      const asked: Array<string | undefined> = []
      const server = createServer().on("upgrade", (request, socket) => {
        asked.push(request.headers.authorization)
        socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n")
      })
      yield* Effect.acquireRelease(
        Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
        () => Effect.sync(() => server.close())
      )
      const address = server.address()
      const port = typeof address === "object" ? address?.port : undefined
      const { bus } = yield* node(make, { ZENOH_URL: `ws://node:p%40ss@127.0.0.1:${port}/` })
      yield* eventually(
        Effect.sync(() => bus.silent()),
        (reason) => reason !== "Zenoh: not connected yet"
      )
      expect(asked[0]).toBe(`Basic ${Buffer.from("node:p@ss").toString("base64")}`)
      expect(bus.silent()).toMatch(/^Zenoh: .*401/)
    })
  )

  it.scoped("refuses to start with an invalid configuration, in one line", () =>
    Effect.gen(function* () {
      expect((yield* failure({})).message).toBe("EVENT_BUS=zenoh needs ZENOH_URL")
      for (const url of ["tcp/127.0.0.1:7447", "127.0.0.1:10000", "http://127.0.0.1"]) {
        expect(String(yield* failure({ ZENOH_URL: url }))).toContain("Expected ws://HOST:PORT")
      }
    })
  )
})
