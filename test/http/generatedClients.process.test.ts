// Clients generated from the OpenAPI description are complete and work.
import { execFile } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import * as Schema from "effect/Schema"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { program, withItsModules } from "../program.ts"
import { serverForFile } from "./server.ts"

const { isSkipped, path: generator } = program("openapi-python-client", "PyPI's package of this name has it")
const require = createRequire(import.meta.url)
const run = promisify(execFile)
const clients = join(import.meta.dirname, "clients")
const Operations = Schema.Record({ key: Schema.String, value: Schema.Struct({ operationId: Schema.String }) })
const Document = Schema.Struct({ paths: Schema.Record({ key: Schema.String, value: Operations }) })

const server = serverForFile()
// Where Node resolves this project's packages.
const dist = join(import.meta.dirname, "../../dist")
mkdirSync(dist, { recursive: true })
const directory = mkdtempSync(join(dist, "clients-"))
afterAll(() => rmSync(directory, { recursive: true }))

let operationIds: ReadonlyArray<string> = []
beforeAll(async () => {
  const text = await (await fetch(`${server.url}/api/openapi.json`)).text()
  writeFileSync(join(directory, "openapi.json"), text)
  const { paths } = Schema.decodeSync(Schema.parseJson(Document))(text)
  operationIds = Object.values(paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId))
})

describe("generated clients", { timeout: 120_000 }, () => {
  it("openapi-typescript covers every operation and works", async () => {
    const node = (...args: ReadonlyArray<string>) => run(process.execPath, args, { cwd: directory })
    const cli = join(dirname(require.resolve("openapi-typescript/package.json")), "bin/cli.js")
    await node(cli, "openapi.json", "--output", "api.ts")
    const types = readFileSync(join(directory, "api.ts"), "utf8")
    expect(operationIds.filter((id) => !types.includes(`: operations["${id}"];`))).toEqual([])
    copyFileSync(join(clients, "client.ts.txt"), join(directory, "client.ts"))
    const options = ["--strict", "--exactOptionalPropertyTypes", "--skipLibCheck", "--target", "ES2023"]
    const compiled = node(require.resolve("typescript/bin/tsc"), ...options, "--module", "NodeNext", "client.ts")
    expect(await compiled.catch((error: unknown) => error)).toEqual({ stdout: "", stderr: "" })
    await node("client.js", server.url)
  })

  it.skipIf(isSkipped)("openapi-python-client covers every operation and works", async () => {
    const options = { cwd: directory, env: withItsModules(generator, directory) }
    const where = ["--path", "openapi.json", "--output-path", "evenstar_client", "--meta", "none"]
    await run(generator, ["generate", ...where, "--fail-on-warning"], options)
    const made = readdirSync(join(directory, "evenstar_client/api"), { recursive: true, encoding: "utf8" })
    const fileOf = (id: string) =>
      `${id.split(".")[0]}/${id.replace(".", "_").replace(/[A-Z]/g, (it) => `_${it.toLowerCase()}`)}.py`
    expect(operationIds.map(fileOf).filter((file) => !made.includes(file))).toEqual([])
    await run("python3", [join(clients, "client.py"), server.url], options)
  })
})
