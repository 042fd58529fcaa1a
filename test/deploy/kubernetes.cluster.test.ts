// deploy/kubernetes: valid by Kubernetes' schemas, valid settings, long enough grace periods.
import { execFile } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { describe, expect, it, onTestFinished } from "vitest"
import { Settings } from "../../src/layers/node/Settings.ts"
import { program, withItsModules } from "../program.ts"
import { isSkipped as isNatsSkipped, natsServer } from "../servers/nats.ts"
import { settings } from "../support.ts"

const { isSkipped, path } = program("kubernetes-validate", "PyPI's package kubernetes-validate has it")
const manifests = join(import.meta.dirname, "../../deploy/kubernetes")
const files = readdirSync(manifests).map((name) => join(manifests, name))
const nodes = readFileSync(join(manifests, "evenstar.yaml"), "utf8")

/** The values of a key at any depth. */
const valueOf = (key: string) => new RegExp(`\\b${key}: "?([^"\\s,}]*)`).exec(nodes)?.[1] ?? `${key} is missing`

describe.skipIf(isSkipped)("kubernetes-validate", () => {
  const validate = (...names: ReadonlyArray<string>) =>
    promisify(execFile)(path, ["--strict", "--quiet", ...names], { env: withItsModules(path) })

  it("accepts every field", async () => {
    expect(await validate(...files)).toEqual({ stdout: "", stderr: "" })
  })

  it("rejects an unknown field", async () => {
    const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    writeFileSync(join(directory, "wrong.yaml"), nodes.replace("maxSurge", "maxSurges"))
    await expect(validate(join(directory, "wrong.yaml"))).rejects.toMatchObject({
      stdout: expect.stringContaining("'maxSurges' was unexpected")
    })
  })
})

describe.skipIf(isNatsSkipped)("NATS", () => {
  const nats = readFileSync(join(manifests, "nats.yaml"), "utf8")
  const [, indented = ""] = /^ {2}nats\.conf: \|\n((?: {4}.*\n)+)/m.exec(nats) ?? []

  it("reads the token from its environment, never from an argument", async () => {
    const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const file = join(directory, "nats.conf")
    writeFileSync(file, indented.replace(/^ {4}/gm, ""))
    const check = (env: Record<string, string>) => promisify(execFile)(natsServer, ["-t", "--config", file], { env })
    expect((await check({ NATS_TOKEN: "0123456789abcdef" })).stderr).toContain("is valid")
    await expect(check({})).rejects.toMatchObject({
      stderr: expect.stringContaining("variable reference for 'NATS_TOKEN'")
    })
    expect(/^ +(?:args|command):.*/gm.exec(nats)?.[0]).not.toContain("TOKEN")
  })
})

describe("node configuration", () => {
  const configMap = /^kind: ConfigMap\n[\s\S]*?^data:\n([\s\S]*?)^---/m.exec(nodes)?.[1] ?? ""
  const given = Object.fromEntries(
    Array.from(configMap.matchAll(/^ {2}(\w+): "?([^"\n]*)"?$/gm), ([, name = "", value = ""]) => [name, value])
  )
  const parsedSettings = () => Effect.runPromise(Settings.pipe(Effect.provide(settings(given)), Effect.scoped))

  it("has valid settings", async () => {
    expect(Object.keys(given)).toContain("NATS_URL")
    const { publicUrl, trustProxy } = await parsedSettings()
    expect(publicUrl).toMatchObject({ value: { host: valueOf("host") } })
    expect(trustProxy).toBe(true)
  })

  it("has a grace period longer than the shutdown, and a delay longer than readiness detection", async () => {
    const { shutdownDelay, shutdownTimeout } = await parsedSettings()
    const grace = Duration.seconds(Number(valueOf("terminationGracePeriodSeconds")))
    expect(Duration.toMillis(grace)).toBeGreaterThan(Duration.toMillis(Duration.sum(shutdownDelay, shutdownTimeout)))
    const [, period, failures] =
      /readinessProbe:[\s\S]*?periodSeconds: (\d+)[\s\S]*?failureThreshold: (\d+)/.exec(nodes) ?? []
    expect(Duration.toSeconds(shutdownDelay)).toBeGreaterThan(Number(period) * Number(failures))
  })

  it("has the image's user and data directory", () => {
    const dockerfile = readFileSync(join(manifests, "../../Dockerfile"), "utf8")
    expect(dockerfile).toContain(`USER ${valueOf("runAsUser")}\n`)
    expect(dockerfile).toContain(`VOLUME ${valueOf("mountPath")}\n`)
    expect(dockerfile).toContain(`EXPOSE ${valueOf("containerPort")}\n`)
  })
})
