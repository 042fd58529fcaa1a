// Debian's HAProxy with deploy/cluster/haproxy.cfg in front of a test's nodes.
import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { program } from "../program.ts"
import { accepts, freePort } from "./ports.ts"
import { type Machine, makeTemporaryDirectory, type Server, startServer, thisMachine } from "./server.ts"

export const { isSkipped, path: haproxy } = program("haproxy", 'Debian\'s package "haproxy" has it')

const configFile = join(import.meta.dirname, "../../deploy/cluster/haproxy.cfg")

export interface HaproxyOptions {
  /** URLs of the nodes. */
  readonly nodes: ReadonlyArray<string>
  readonly port?: number
  readonly machine?: Machine
}

export interface Haproxy extends Server {
  readonly port: number
  readonly url: string
}

/** The real configuration with these nodes instead of its three. */
const configOf = (nodes: ReadonlyArray<string>, bind: string) =>
  [
    ...readFileSync(configFile, "utf8")
      .split("\n")
      .filter((line) => !/^\s+server /.test(line))
      .map((line) => line.replace(/^(\s+bind ).*/, `$1${bind}`)),
    ...nodes.map((node, index) => `  server node-${index + 1} ${new URL(node).host}`),
    ""
  ].join("\n")

/** HAProxy's messages about the real configuration; throws if it is invalid. */
export const checkConfig = (env: Record<string, string>) =>
  execFileSync(haproxy, ["-c", "-f", configFile], { env, encoding: "utf8", stdio: "pipe" })

export const startHaproxy = async (options: HaproxyOptions): Promise<Haproxy> => {
  const { machine = thisMachine, nodes, port = await freePort() } = options
  const directory = makeTemporaryDirectory()
  const config = join(directory, "haproxy.cfg")
  writeFileSync(config, configOf(nodes, `${machine.address}:${port}`))
  const server = await startServer({
    command: haproxy,
    args: ["-db", "-f", config],
    directory,
    machine,
    isReady: () => accepts(machine.address, port)
  })
  return { ...server, port, url: `http://${machine.address}:${port}` }
}
