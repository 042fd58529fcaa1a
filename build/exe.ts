// Builds dist/evenstar: ONE executable file, Node's single-executable application, with the program, the browser's files and the
// native modules inside (https://nodejs.org/api/single-executable-applications.html). It is for the system it is built on.
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { createRequire } from "node:module"
import { basename, dirname, join, resolve as resolvePath } from "node:path"
import { gzipSync } from "node:zlib"
import { inject } from "postject"
import type { Plugin } from "rolldown"
import { dist as assets, buildAssets, web } from "./assets.ts"
import { bundleServer, dist } from "./server.ts"

/** What the build needs on its way. */
const work = join(dist, `exe-${process.pid}`)
/** A path as the first argument, or else dist/evenstar. */
const executable = resolvePath(
  process.argv[2] ?? join(dist, process.platform === "win32" ? "evenstar.exe" : "evenstar")
)
/** The mark in a Node binary that says whether there is an application inside; the documentation names it. */
const fuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2"

const { resolve } = createRequire(import.meta.url)
const sqlite = join(dirname(resolve("better-sqlite3/package.json")), "build/Release/better_sqlite3.node")
const fromBindings = createRequire(resolve("@duckdb/node-bindings/package.json"))
/** What this machine's DuckDB consists of: the module, and the library that it looks for beside itself. */
const duckdb = dirname(fromBindings.resolve(`@duckdb/node-bindings-${process.platform}-${process.arch}/duckdb.node`))

const natives = [
  sqlite,
  ...readdirSync(duckdb)
    .filter((it) => !/\.(json|md)$|^LICENSE/.test(it))
    .map((it) => join(duckdb, it))
]

/** The two packages that load a native module get it from inside. */
const fromInside: Plugin = {
  name: "natives",
  resolveId: (id) => (id === "bindings" || id === "@duckdb/node-bindings" ? `\0${id}` : undefined),
  load: (id) => {
    const loader = JSON.stringify(join(import.meta.dirname, "exe/natives.ts"))
    if (id === "\0bindings") return `module.exports = require(${loader}).native`
    if (id === "\0@duckdb/node-bindings") return `module.exports = require(${loader}).native("duckdb.node")`
    return undefined
  }
}

/** The program in one file, and the list and contents of native modules: what Node puts into the blob. */
const makeBlob = async () => {
  await bundleServer({ directory: work, format: "cjs", external: [], plugins: [fromInside] })
  const hash = createHash("sha256")
  const files: Record<string, number> = {}
  for (const path of natives) {
    const content = readFileSync(path)
    hash.update(content)
    files[basename(path)] = content.length
    writeFileSync(join(work, `${basename(path)}.gz`), gzipSync(content))
  }
  writeFileSync(join(work, "natives.json"), JSON.stringify({ files, hash: hash.digest("hex").slice(0, 16) }))
  const config = {
    main: join(work, "evenstar.js"),
    output: join(work, "blob"),
    disableExperimentalSEAWarning: true,
    // Compiled code of this very Node: a start is shorter by what compiling would take.
    useCodeCache: true,
    assets: {
      "natives.json": join(work, "natives.json"),
      ...Object.fromEntries(Object.keys(files).map((name) => [name, join(work, `${name}.gz`)]))
    }
  }
  writeFileSync(join(work, "sea.json"), JSON.stringify(config))
  execFileSync(process.execPath, ["--experimental-sea-config", join(work, "sea.json")], { stdio: "inherit" })
  return readFileSync(config.output)
}

/** A copy of this Node with the blob inside; it gets its name when it is whole, even where the one before it still runs. */
const makeExecutable = async (blob: Buffer) => {
  const unfinished = join(work, "evenstar")
  const isMac = process.platform === "darwin"
  copyFileSync(process.execPath, unfinished)
  chmodSync(unfinished, 0o755)
  if (isMac) execFileSync("codesign", ["--remove-signature", unfinished])
  const place = isMac ? { machoSegmentName: "NODE_SEA" } : {}
  await inject(unfinished, "NODE_SEA_BLOB", blob, { sentinelFuse: fuse, ...place })
  if (isMac) execFileSync("codesign", ["--sign", "-", unfinished])
  // The name may lie on another disk: the copy is moved within its own.
  copyFileSync(unfinished, `${executable}.new`)
  renameSync(`${executable}.new`, executable)
}

await buildAssets({ from: web, to: assets, compressed: true })
mkdirSync(work, { recursive: true })
try {
  await makeExecutable(await makeBlob())
} finally {
  rmSync(work, { recursive: true })
}
