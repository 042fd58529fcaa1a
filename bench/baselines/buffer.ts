// One ready buffer for everybody, and 304 for those who have it: what `node:http` alone can do for a cached answer.
import { existsSync, readFileSync } from "node:fs"
import { listen } from "../support/listen.ts"

const body = readFileSync(`${process.env["DATA_DIR"]}/body`)
const etag = '"body"'
const given = `${process.env["DATA_DIR"]}/headers.json`
/** Those of a server that it is held against, where there are any. */
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
