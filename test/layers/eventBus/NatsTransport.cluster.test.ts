import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { make } from "../../../src/layers/eventBus/NatsTransport.ts"
import { isSkipped, type Nats, type NatsOptions, natsServer, startNats } from "../../servers/nats.ts"
import { accepts, freePort } from "../../servers/ports.ts"
import { makeTemporaryDirectory, startServer } from "../../servers/server.ts"
import { settings, temporaryDirectory } from "../../support.ts"
import { eventBusContract } from "./eventBusContract.ts"
import { type Env, event, eventually, node, remoteBusContract, singleNode, takeAll } from "./remoteBusContract.ts"

describe.skipIf(isSkipped)("NATS", () => {
  let server: Nats
  beforeAll(async () => {
    server = await startNats()
  })
  afterAll(() => server.stop())
  const env = () => ({ EVENT_BUS: "nats", NATS_URL: server.url })

  eventBusContract("EVENT_BUS=nats", singleNode(make, env))
  remoteBusContract({
    name: "nats",
    make,
    env,
    kill: () => server.kill(),
    start: () => server.start(),
    pid: () => server.pid()
  })

  const started = (options: NatsOptions) =>
    Effect.acquireRelease(
      Effect.promise(() => startNats(options)),
      (it) => Effect.promise(() => it.stop())
    )
  const port = (url: string) => new URL(url).host

  /** Two authorized clients that receive each other's messages. */
  const works = (env: Env) =>
    Effect.scoped(
      Effect.gen(function* () {
        const [a, b] = yield* Effect.all([node(make, env), node(make, env)])
        const subscription = yield* b.bus.subscribe
        for (const { bus } of [a, b]) yield* eventually(Effect.sync(bus.silent), (reason) => reason === undefined)
        yield* a.bus.publish([event(1)])
        expect(yield* takeAll(subscription, 1)).toEqual([1])
      })
    )
  /** Why an unauthorized client receives nothing. */
  const reason = (env: Env) =>
    Effect.scoped(
      Effect.gen(function* () {
        const { bus } = yield* node(make, env)
        yield* bus.subscribe
        yield* bus.publish([event(1)])
        yield* Effect.sleep("300 millis")
        return bus.silent()
      })
    )

  it.scopedLive("accepts a token in a setting or in the URL", () =>
    Effect.gen(function* () {
      const { url } = yield* started({ token: "s3cret" })
      yield* works({ NATS_URL: url, NATS_TOKEN: "s3cret" })
      yield* works({ NATS_URL: `nats://s3cret@${port(url)}` })
      expect(yield* reason({ NATS_URL: url, NATS_TOKEN: "other" })).toBe("NATS: Authorization Violation")
      expect(yield* reason({ NATS_URL: url })).toBe("NATS: Authorization Violation")
    })
  )

  it.scopedLive("accepts a user in settings or in the URL", () =>
    Effect.gen(function* () {
      const { url } = yield* started({ user: { name: "node", password: "p@ss/word" } })
      yield* works({ NATS_URL: url, NATS_USER: "node", NATS_PASSWORD: "p@ss/word" })
      yield* works({ NATS_URL: `nats://node:p%40ss%2Fword@${port(url)}` })
      expect(yield* reason({ NATS_URL: url, NATS_USER: "node", NATS_PASSWORD: "x" })).toBe(
        "NATS: Authorization Violation"
      )
    })
  )

  it.scopedLive("uses TLS, verifies the server's certificate and refuses plain text when TLS is required", () =>
    Effect.gen(function* () {
      const { caFile = "", url } = yield* started({ tls: true })
      const { caFile: otherFile = "" } = yield* started({ tls: true })
      yield* works({ NATS_URL: url, NATS_CA_FILE: caFile })
      expect(yield* reason({ NATS_URL: url })).toMatch(/^NATS: .*self-signed certificate/)
      expect(yield* reason({ NATS_URL: url, NATS_CA_FILE: otherFile })).toMatch(/^NATS: .*self-signed certificate/)
      expect(yield* reason({ NATS_URL: `tls://${port(server.url)}` })).toMatch(/does not support 'tls'/)
      expect(yield* reason({ NATS_URL: server.url, NATS_CA_FILE: caFile })).toMatch(/does not support 'tls'/)
    })
  )

  it.scopedLive("reports a user without permission to subscribe", () =>
    Effect.gen(function* () {
      const directory = makeTemporaryDirectory()
      const config = join(directory, "nats.conf")
      const port = yield* Effect.promise(freePort)
      const user = '{ user: "node", password: "secret", permissions: { subscribe: "other.>" } }'
      writeFileSync(config, `listen: 127.0.0.1:${port}\nauthorization { users: [${user}] }`)
      const isReady = () => accepts("127.0.0.1", port)
      yield* Effect.acquireRelease(
        Effect.promise(() => startServer({ command: natsServer, args: ["-c", config], directory, isReady })),
        (it) => Effect.promise(() => it.stop())
      )
      expect(yield* reason({ NATS_URL: `nats://node:secret@127.0.0.1:${port}` })).toMatch(
        /^NATS: Permissions Violation for Subscription to "evenstar.events/
      )
    })
  )

  it.scopedLive("uses the available one of several servers", () =>
    Effect.gen(function* () {
      const second = yield* started({})
      const nobody = `nats://127.0.0.1:${yield* Effect.promise(freePort)}`
      const env = { NATS_URL: [nobody, second.url].join(",") }
      yield* works(env)
      expect(yield* reason({ NATS_URL: nobody })).toBe("NATS: connection refused")
    })
  )

  it.scoped("refuses to start with an invalid configuration, in one line", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const failure = (env: Env) => Effect.flip(Effect.scoped(Effect.provide(make, settings(env))))
      expect((yield* failure({})).message).toBe("EVENT_BUS=nats needs NATS_URL")
      const missing = yield* failure({ NATS_URL: server.url, NATS_CA_FILE: join(directory, "ca.pem") })
      expect(missing.message).toMatch(/^NATS_CA_FILE can't be read: ENOENT/)
      for (const url of ["ws://127.0.0.1", "127.0.0.1:4222", "nats://a,b", "nats://"]) {
        expect(String(yield* failure({ NATS_URL: url }))).toContain("Expected nats://HOST:PORT or tls://HOST:PORT")
      }
    })
  )
})
