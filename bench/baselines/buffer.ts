// Baseline: `node:http` sending one prepared buffer, or a 304.
import { existsSync, readFileSync } from "node:fs"
import { listen } from "../support/listen.ts"

const body = readFileSync(`${process.env["DATA_DIR"]}/body`)
const etag = '"body"'
const given = `${process.env["DATA_DIR"]}/headers.json`
/** Headers of the server that it is compared with, if given. */
const more: Record<string, string> = existsSync(given) ? JSON.parse(readFileSync(given, "utf8")) : {}
const headers = { "content-type": "application/json", ...more, "content-length": body.length, etag }

listen((request, response) => {
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304, { etag })
    response.end()
    return
  }
  response.writeHead(200, headers)
  response.end(body)
})
