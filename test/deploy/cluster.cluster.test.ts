// process-compose.cluster.yaml in the real process-compose: three nodes behind a balancer.
import { chmodSync, cpSync, readFileSync, writeFileSync } from "node:fs"
import { delimiter, dirname, join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import { isSkipped as hasNoCompose, project } from "../process/compose.ts"
import { pollOptions } from "../process/support.ts"
import { isSkipped as hasNoHaproxy } from "../servers/haproxy.ts"
import { isSkipped as hasNoNats, natsServer } from "../servers/nats.ts"
import { freePort } from "../servers/ports.ts"
import { isSkipped as hasNoPostgres } from "../servers/postgres.ts"

const root = join(import.meta.dirname, "../..")
const file = "process-compose.cluster.yaml"
const nodes = ["node-1", "node-2", "node-3"]

/** The cluster in a temporary directory on free ports. `nodeUrls` bypass the balancer. */
const cluster = async (onTestFinished: (cleanup: () => void) => void) => {
  const made = project(onTestFinished)
  // PostgreSQL runs as another user there.
  chmodSync(made.directory, 0o755)
  cpSync(join(root, "deploy/cluster"), join(made.directory, "deploy/cluster"), { recursive: true })
  const yaml = readFileSync(join(root, file), "utf8")
  // The balancer's port is open.
  const names = new Set(Array.from(yaml.matchAll(/\$\{(PORT_\d|\w+_PORT):-/g), ([, name = ""]) => name))
  const ports = new Map<string, number>()
  for (const name of names) ports.set(name, await freePort())
  writeFileSync(
    join(made.directory, file),
    yaml.replaceAll(/\$\{(\w+):-\d+\}/g, (variable, name) => `${ports.get(name) ?? variable}`)
  )
  vi.stubEnv("PATH", [dirname(natsServer), process.env["PATH"]].join(delimiter))
  onTestFinished(() => void vi.unstubAllEnvs())
  const nodeUrls = ["PORT_1", "PORT_2", "PORT_3"].map((name) => `http://127.0.0.1:${ports.get(name)}`)
  return { ...made, nodeUrls }
}

describe.skipIf(hasNoCompose || hasNoHaproxy || hasNoNats || hasNoPostgres)("process-compose cluster", () => {
  it("becomes healthy, gives the same answers through every node and tolerates a node's crash", {
    timeout: 240_000
  }, async ({ onTestFinished }) => {
    const { down, nodeUrls, processes, stateOf, up } = await cluster(onTestFinished)
    const { ended, url } = await up([file])
    for (const name of ["postgres", "nats", ...nodes, "balancer"]) {
      await expect
        .poll(() => stateOf(name), pollOptions)
        .toMatchObject({ status: "Running", is_ready: "Ready", restarts: 0 })
    }

    const made = await fetch(`${url}/api/lists`, { method: "POST" })
    expect(made.status).toBe(201)
    const { listId } = await made.json()
    const statusAt = (origin: string) => fetch(`${origin}/api/lists/${listId}`).then(({ status }) => status)
    expect(await Promise.all([url, ...nodeUrls].map(statusAt))).toEqual([200, 200, 200, 200])

    const second = await stateOf("node-2")
    process.kill(second?.pid ?? 0, "SIGKILL")
    for (let isBack = false; !isBack; isBack = (await stateOf("node-2"))?.restarts === 1) {
      expect(await statusAt(url)).toBe(200)
    }
    await expect
      .poll(() => stateOf("node-2"), pollOptions)
      .toMatchObject({ status: "Running", is_ready: "Ready", restarts: 1 })
    expect(await Promise.all(nodeUrls.map(statusAt))).toEqual([200, 200, 200])

    expect(await down()).toMatchObject({ code: 0 })
    expect(await ended).toMatchObject({ code: 0 })
    expect(processes()).toEqual([])
  })
})
