// Baseline: the same file served by sirv in production mode, streamed from disk each time.
import sirv from "sirv"
import { listen } from "../support/listen.ts"

const serve = sirv(process.env["DATA_DIR"] ?? "", { maxAge: 31_536_000, immutable: true, etag: true })

listen((request, response) =>
  serve(request, response, () => {
    response.writeHead(404).end()
  })
)
