// An application in the test's own process, on a free port, with a data directory that goes with it.
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

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body, if it is JSON. */
  readonly json: unknown
}

/** A browser without pages: it keeps the session's cookie. */
export interface Client {
  readonly get: (path: string) => Promise<Answer>
  /** Posts a form. */
  readonly post: (path: string, fields?: Readonly<Record<string, string>>) => Promise<Answer>
  /** Sends JSON. */
  readonly send: (method: string, path: string, body: unknown) => Promise<Answer>
  /** Reads a path until its answer is as expected, for what the server does a moment later; fails after 10 seconds. */
  readonly until: (path: string, isExpected: (answer: Answer) => boolean) => Promise<Answer>
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
      const deadline = Date.now() + patience
      for (;;) {
        const answer = await get(path)
        if (isExpected(answer)) return answer
        if (Date.now() > deadline) throw new Error(`${path} still answers ${answer.status}: ${answer.text}`)
        await setTimeout(pause)
      }
    }
  }
}

/** Milliseconds. */
const patience = 10_000
const pause = 20

/** Settles when it answers; `stop` releases all that it holds. `env` are settings, as the environment would have them. */
export const serve = async (features: ReadonlyArray<Feature>, env: Readonly<Record<string, string>> = {}) => {
  const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
  const settings = { NODE_ENV: "development", DATA_DIR: directory, HOST: "127.0.0.1", PORT: "0", ...env }
  const listening = Effect.runSync(Deferred.make<string>())
  /** The server says where it is; tests show warnings alone beside that. */
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
