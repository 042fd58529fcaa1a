// GET of a hashed file of 30 KB over 64 keep-alive connections, in production mode, and its
// revalidation by ETag. Baselines: a bare `node:http` server that sends one prepared buffer, and
// sirv. Targets: 0.8x of the first, 4x of the second.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { GetAgain } from "./support/calls.ts"
import { quiet, type Server, startLoad, startServer, temporary } from "./support/processes.ts"
import { benchmark, note, quick, show, table, target } from "./support/report.ts"
import { interleaved, sleep } from "./support/rounds.ts"
import { ratios, spread } from "./support/stats.ts"

const connections = 64
const rounds = quick ? 2 : 7
const seconds = quick ? 1 : 4
const body = Buffer.alloc(30_000, "const evenstar = 'a script that is served as it is'; ")

type Name = "evenstar" | "node:http" | "node:http, our headers" | "sirv"
const names = ["evenstar", "node:http", "node:http, our headers", "sirv"] as const

await benchmark("static", "GET of a file of 30 KB, 64 connections", async () => {
  const directory = temporary()
  for (const name of ["body", "file.0a1b2c3d.js"]) writeFileSync(join(directory, name), body)
  writeFileSync(
    join(directory, "manifest.json"),
    JSON.stringify({ "index.ts": { file: "file.0a1b2c3d.js" }, body: { file: "body" } })
  )
  const evenstar = await startServer("bench/static-server.ts", directory, { env: { NODE_ENV: "production" } })
  const { headers } = await fetch(`http://127.0.0.1:${evenstar.port}/static/file.0a1b2c3d.js`)
  const sent: Array<[string, string]> = []
  headers.forEach((value, name) => {
    if (!/^(date|connection|keep-alive|content-length|etag)$/.test(name)) sent.push([name, value])
  })
  const withHeaders = temporary()
  writeFileSync(join(withHeaders, "body"), body)
  writeFileSync(join(withHeaders, "headers.json"), JSON.stringify(Object.fromEntries(sent)))
  const servers: Record<Name, Server> = {
    evenstar,
    "node:http, our headers": await startServer("bench/baselines/buffer.ts", withHeaders),
    "node:http": await startServer("bench/baselines/buffer.ts", directory),
    sirv: await startServer("bench/baselines/sirv.ts", directory)
  }
  await quiet(servers.evenstar, "The server")
  const load = startLoad("buffer")
  note(`${show(body.length)} bytes; ${rounds} rounds of ${seconds} s\n`)

  const run = async (name: Name, time: number) => {
    const { cpu, port } = servers[name]
    const before = cpu()
    const path = name === "sirv" ? "/file.0a1b2c3d.js" : "/static/file.0a1b2c3d.js"
    const {
      p50,
      p99,
      requests,
      seconds: took
    } = await load.ask(GetAgain, {
      port,
      path,
      headers: "",
      status: 200,
      connections,
      seconds: time
    })
    const figures = { perSecond: requests / took, cpu: ((cpu() - before) / requests) * 1e6, p50, p99 }
    await sleep(quick ? 100 : 300)
    return figures
  }
  for (const name of names) await run(name, 2)
  const results = await interleaved<Name, Awaited<ReturnType<typeof run>>>(
    rounds,
    names.map((name) => [name, () => run(name, seconds)])
  )
  const of = (name: Name, field: "perSecond" | "cpu" | "p50" | "p99") => results(name).map((it) => it[field])
  table(
    ["", "requests/s", "CPU us/request", "p50 ms", "p99 ms"],
    names.map((name) => [
      name,
      ...(["perSecond", "cpu", "p50", "p99"] as const).map((it) => show(spread(of(name, it))))
    ])
  )
  const bare = ratios(of("evenstar", "perSecond"), of("node:http", "perSecond"))
  const sirv = ratios(of("evenstar", "perSecond"), of("sirv", "perSecond"))
  const same = ratios(of("evenstar", "perSecond"), of("node:http, our headers", "perSecond"))
  note(`ratio to node:http ${show(bare)}, with the same headers ${show(same)}, to sirv ${show(sirv)}\n`)
  target("requests/s / node:http", bare.median, "at least", 0.8)
  target("requests/s / sirv", sirv.median, "at least", 4)
})
