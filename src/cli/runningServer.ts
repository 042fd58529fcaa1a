// An HTTP client for the server at HOST and PORT, with an allowed Host header and ADMIN_TOKEN.
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Settings } from "../layers/node/Settings.ts"

/** Returns the server's URL and a client for its paths. */
export const runningServer = Effect.gen(function* () {
  const { adminToken, allowedHosts, host, port } = yield* Settings
  const name = /^(0\.0\.0\.0|::)$/.test(host) ? "127.0.0.1" : host
  const url = `http://${name.includes(":") ? `[${name}]` : name}:${port}`
  const [known = name] = allowedHosts
  const client = (yield* HttpClient.HttpClient).pipe(
    HttpClient.mapRequest((path) => {
      const request = HttpClientRequest.setHeader(HttpClientRequest.prependUrl(path, url), "host", known)
      return Option.match(adminToken, {
        onNone: () => request,
        onSome: (token) => HttpClientRequest.bearerToken(request, token)
      })
    })
  )
  return { url, client }
})
