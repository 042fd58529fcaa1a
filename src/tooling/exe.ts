// Makes one executable file for this platform: Node's single executable application
// (https://nodejs.org/api/single-executable-applications.html) with the program, the browser files
// and the native modules inside.
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
import { basename, dirname, extname, join, resolve as resolvePath } from "node:path"
import { gzipSync } from "node:zlib"
import { inject } from "postject"
import type { Plugin } from "rolldown"
import { buildAssetsOf } from "./assets.ts"
import { type Project, projectAt } from "./project.ts"
import { bundleServer } from "./server.ts"

/** The sentinel that marks a Node binary for injection, from Node's documentation. */
const fuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2"

/** This platform's native modules: SQLite's, DuckDB's, and the library that DuckDB's loads. */
const nativeModules = () => {
  const { resolve } = createRequire(import.meta.url)
  const sqlite = join(dirname(resolve("better-sqlite3/package.json")), "build/Release/better_sqlite3.node")
  const fromBindings = createRequire(resolve("@duckdb/node-bindings/package.json"))
  const duckdb = dirname(fromBindings.resolve(`@duckdb/node-bindings-${process.platform}-${process.arch}/duckdb.node`))
  return [
    sqlite,
    ...readdirSync(duckdb)
      .filter((it) => !/\.(json|md)$|^LICENSE/.test(it))
      .map((it) => join(duckdb, it))
  ]
}

/** Redirects the two packages that load native modules to the embedded ones. */
const fromInside: Plugin = {
  name: "natives",
  resolveId: (id) => (id === "bindings" || id === "@duckdb/node-bindings" ? `\0${id}` : undefined),
  load: (id) => {
    const loader = JSON.stringify(join(import.meta.dirname, `exe/natives${extname(import.meta.filename)}`))
    if (id === "\0bindings") return `module.exports = require(${loader}).native`
    if (id === "\0@duckdb/node-bindings") return `module.exports = require(${loader}).native("duckdb.node")`
    return undefined
  }
}

/** Builds the SEA blob: the bundled program and the native modules as assets. */
const makeBlob = async (project: Project, work: string) => {
  await bundleServer({ project, directory: work, format: "cjs", external: [], plugins: [fromInside] })
  const hash = createHash("sha256")
  const files: Record<string, number> = {}
  for (const path of nativeModules()) {
    const content = readFileSync(path)
    hash.update(content)
    files[basename(path)] = content.length
    writeFileSync(join(work, `${basename(path)}.gz`), gzipSync(content))
  }
  writeFileSync(join(work, "natives.json"), JSON.stringify({ files, hash: hash.digest("hex").slice(0, 16) }))
  const config = {
    main: join(work, `${project.name}.js`),
    output: join(work, "blob"),
    disableExperimentalSEAWarning: true,
    // A code cache of this Node version shortens the start.
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

/** Injects the blob into a copy of Node; renamed when complete, even while the old one runs. */
const makeExecutable = async (blob: Buffer, work: string, executable: string) => {
  const unfinished = join(work, "executable")
  const isMac = process.platform === "darwin"
  copyFileSync(process.execPath, unfinished)
  chmodSync(unfinished, 0o755)
  if (isMac) execFileSync("codesign", ["--remove-signature", unfinished])
  const place = isMac ? { machoSegmentName: "NODE_SEA" } : {}
  await inject(unfinished, "NODE_SEA_BLOB", blob, { sentinelFuse: fuse, ...place })
  if (isMac) execFileSync("codesign", ["--sign", "-", unfinished])
  // The target may be on another file system: rename within it.
  copyFileSync(unfinished, `${executable}.new`)
  renameSync(`${executable}.new`, executable)
}

/** `evenstar build --executable [FILE]`; FILE is dist/NAME by default. */
export const buildExecutable = async (file?: string) => {
  const project = projectAt()
  const name = process.platform === "win32" ? `${project.name}.exe` : project.name
  const work = join(project.dist, `exe-${process.pid}`)
  await buildAssetsOf(project, true)
  mkdirSync(work, { recursive: true })
  try {
    await makeExecutable(await makeBlob(project, work), work, resolvePath(file ?? join(project.dist, name)))
  } finally {
    rmSync(work, { recursive: true })
  }
}
