// Runs an application in the test's process, on a free port, with a temporary data directory.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { application } from "../application.ts"
import type { Feature } from "../http/Feature.ts"

export interface ClientResponse {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body, if it is JSON. */
  readonly json: unknown
}

/** An HTTP client that keeps the session cookie. */
export interface Client {
  readonly get: (path: string) => Promise<ClientResponse>
  /** Posts a form. */
  readonly post: (path: string, fields?: Readonly<Record<string, string>>) => Promise<ClientResponse>
  /** Sends JSON. */
  readonly send: (method: string, path: string, body: unknown) => Promise<ClientResponse>
  /** Polls a path until its response is as expected (eventual consistency); fails after 10 s. */
  readonly until: (path: string, isExpected: (answer: ClientResponse) => boolean) => Promise<ClientResponse>
}

const makeClient = (url: string): Client => {
  let cookie: string | undefined
  const request = async (method: string, path: string, body: BodyInit | null, headers: Record<string, string>) => {
    const response = await fetch(`${url}${path}`, {
      method,
      body,
      redirect: "manual",
      headers: cookie === undefined ? headers : { ...headers, cookie }
    })
    const set = response.headers.get("set-cookie")
    if (set !== null) cookie = set.split(";")[0]
    const text = await response.text()
    const isJson = /[/+]json\b/.test(response.headers.get("content-type") ?? "")
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
  }
  const get = (path: string) => request("GET", path, null, {})
  return {
    get,
    post: (path, fields = {}) => request("POST", path, new URLSearchParams(fields), {}),
    send: (method, path, body) => request(method, path, JSON.stringify(body), { "content-type": "application/json" }),
    until: async (path, isExpected) => {
      const deadline = Date.now() + timeout
      for (;;) {
        const answer = await get(path)
        if (isExpected(answer)) return answer
        if (Date.now() > deadline) throw new Error(`${path} still answers ${answer.status}: ${answer.text}`)
        await setTimeout(pause)
      }
    }
  }
}

/** Milliseconds: the timeout of `until`, and its polling interval. */
const timeout = 10_000
const pause = 20

/**
 * Resolves when the server listens; rejects if it can't start. `stop` releases all resources. `env`
 * overrides settings, as environment variables do.
 */
export const serve = async (features: ReadonlyArray<Feature>, env: Readonly<Record<string, string>> = {}) => {
  const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
  const settings = { NODE_ENV: "development", DATA_DIR: directory, HOST: "127.0.0.1", PORT: "0", ...env }
  const listening = Effect.runSync(Deferred.make<string>())
  /** Reads the URL from the log line of the start; prints warnings and errors only. */
  const logger = Logger.make<unknown, void>((options) => {
    const url = /is at (http:\S+)/.exec(String(options.message))?.[1]
    if (url !== undefined) Deferred.unsafeDone(listening, Effect.succeed(url.replace("localhost", "127.0.0.1")))
    if (LogLevel.greaterThanEqual(options.logLevel, LogLevel.Warning)) Logger.defaultLogger.log(options)
  })
  const fiber = Effect.runFork(
    Effect.scoped(Effect.zipRight(Layer.build(application(features).layer), Effect.never)).pipe(
      Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(settings))))
    )
  )
  const url = await Effect.runPromise(Effect.raceFirst(Deferred.await(listening), Fiber.join(fiber)))
  return {
    url,
    client: () => makeClient(url),
    stop: async () => {
      await Effect.runPromise(Fiber.interrupt(fiber))
      rmSync(directory, { recursive: true, force: true })
    }
  }
}
