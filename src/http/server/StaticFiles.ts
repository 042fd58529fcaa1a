// GET /static/*: the built browser files, served by the fast router (`npm run bench static`).
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { LRUCache } from "lru-cache"
import Negotiator from "negotiator"
import parseRange from "range-parser"
import { Assets } from "../../layers/assets/Assets.ts"
import type { Asset, Coding } from "../../layers/assets/assetFiles.ts"
import { SharedAssets } from "../../layers/assets/SharedAssets.ts"
import { Settings } from "../../layers/node/Settings.ts"
import { conditionalStatus } from "./conditional.ts"
import { NotFound, PreconditionFailed, type Reply } from "./Errors.ts"
import { FastRouter, type Incoming } from "./FastRouter.ts"
import { isMissedScript, recoveryScript } from "./recovery.ts"

/** In order of preference when a client accepts several: usually the smallest first. */
const codings = ["br", "zstd", "gzip"] as const satisfies ReadonlyArray<Coding>
const isCoding = (name: string): name is Coding => codings.some((it) => it === name)

/** Parses Accept-Encoding; cached, because there are few distinct values. */
const acceptable = () => {
  const known = new LRUCache<string, ReadonlyArray<Coding>>({ max: 100 })
  return (header: string): ReadonlyArray<Coding> => {
    const kept = known.get(header)
    if (kept !== undefined) return kept
    const negotiator = new Negotiator({ headers: { "accept-encoding": header } })
    const names = negotiator.encodings([...codings, "identity"], { preferred: [...codings] })
    const plain = names.indexOf("identity")
    const found = names.slice(0, plain < 0 ? names.length : plain).filter(isCoding)
    known.set(header, found)
    return found
  }
}

/** Cache-Control: immutable for names with a content hash, otherwise revalidated. */
const keep = ({ isHashed }: Asset) => (isHashed ? "public, max-age=31536000, immutable" : "no-cache")

/** The headers of a 304 (RFC 9110, 15.4.5). */
const unchanged = ({ "cache-control": cacheControl = "", etag = "", vary = "" }: Reply["headers"]) => ({
  "cache-control": cacheControl,
  etag,
  vary
})

/** A response to `Range` (RFC 9110, 14); undefined to send the complete content. */
const part = (content: Buffer, range: string, headers: Reply["headers"]): Reply | undefined => {
  const [, suffix] = /^bytes=-(\d+)$/.exec(range) ?? []
  // A suffix longer than the content means all of it; range-parser would call it unsatisfiable.
  const ranges = parseRange(content.length, Number(suffix) > content.length ? "bytes=0-" : range)
  if (ranges === -1) {
    const none = { "cache-control": "no-store", "content-range": `bytes */${content.length}` }
    return { status: 416, headers: none, body: "" }
  }
  if (ranges === -2 || ranges.type !== "bytes" || ranges.length !== 1) return undefined
  const [{ end, start } = { end: 0, start: 0 }] = ranges
  return {
    status: 206,
    headers: { ...headers, "content-range": `bytes ${start}-${end}/${content.length}` },
    body: content.subarray(start, end + 1)
  }
}

const recovery: Reply = {
  status: 200,
  headers: { "cache-control": "no-store", "content-type": "text/javascript; charset=utf-8", vary: "sec-fetch-dest" },
  body: recoveryScript
}

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const assets = yield* Assets
    const shelf = yield* SharedAssets
    const router = yield* FastRouter
    const { environment } = yield* Settings
    const accepted = acceptable()
    const cacheControl = (asset: Asset) => (environment === "production" ? keep(asset) : "no-store")

    /** The complete response for a file in one coding, or in none. */
    const whole = (asset: Asset, coding: Coding | undefined): Reply => ({
      status: 200,
      headers: {
        "cache-control": cacheControl(asset),
        vary: "accept-encoding",
        etag: coding === undefined ? `"${asset.tag}"` : `"${asset.tag}-${coding}"`,
        "accept-ranges": "bytes",
        "content-type": asset.contentType,
        ...(coding === undefined ? {} : { "content-encoding": coding })
      },
      body: (coding === undefined ? undefined : asset.copies[coding]) ?? asset.content
    })
    /** Responses by file and coding, built once. */
    const answers = new WeakMap<Asset, Map<Coding | undefined, Reply>>()
    const answer = (asset: Asset, coding: Coding | undefined): Reply => {
      const kept = answers.get(asset)?.get(coding)
      if (kept !== undefined) return kept
      const reply = whole(asset, coding)
      answers.set(asset, new Map(answers.get(asset)).set(coding, reply))
      return reply
    }

    const best = (asset: Asset, accept: string | undefined) =>
      accept === undefined ? undefined : accepted(accept).find((coding) => asset.copies[coding] !== undefined)

    const send = (asset: Asset, { message: { headers, method } }: Incoming) => {
      // Ranges refer to the uncompressed content.
      const range = method === "GET" ? headers.range : undefined
      const reply = answer(asset, range === undefined ? best(asset, headers["accept-encoding"]) : undefined)
      const { etag = "" } = reply.headers
      const status = conditionalStatus(headers, etag)
      if (status === 412) return Effect.fail(new PreconditionFailed())
      if (status === 304) return { status, headers: unchanged(reply.headers), body: "" }
      const since = headers["if-range"]
      if (range === undefined || (since !== undefined && since !== etag)) return reply
      return part(asset.content, range, reply.headers) ?? reply
    }

    router.route("GET", "/static/:file", (incoming) => {
      const file = incoming.params["file"] ?? ""
      const asset = assets.find(file)
      if (asset !== undefined) return send(asset, incoming)
      return Effect.flatMap(shelf.find(file), (left): Effect.Effect<Reply, NotFound | PreconditionFailed> => {
        if (left !== undefined) {
          const reply = send(left, incoming)
          return Effect.isEffect(reply) ? reply : Effect.succeed(reply)
        }
        const isMissed = isMissedScript(file, incoming.message.headers["sec-fetch-dest"])
        return isMissed ? Effect.succeed(recovery) : Effect.fail(new NotFound())
      })
    })
  })
)
