// A real nats-server: open, or with a token, a user, or TLS.
import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { program } from "../program.ts"
import { accepts, freePort } from "./ports.ts"
import { type Machine, makeTemporaryDirectory, type Server, startServer, thisMachine } from "./server.ts"

export const { isSkipped, path: natsServer } = program(
  "nats-server",
  "`GOBIN=$PWD/.tools/nats-server/bin go -C tools/nats-server install tool` builds it"
)

export interface NatsOptions {
  readonly port?: number
  readonly machine?: Machine
  readonly token?: string
  readonly user?: { readonly name: string; readonly password: string }
  /** With a self-signed certificate; `caFile` is its CA. */
  readonly tls?: boolean
}

export interface Nats extends Server {
  readonly port: number
  /** Without credentials. */
  readonly url: string
  /** The CA of its certificate, if any. */
  readonly caFile: string | undefined
}

const certificate = (directory: string, address: string) => {
  const cert = join(directory, "cert.pem")
  const key = join(directory, "key.pem")
  const names = `subjectAltName=IP:${address},DNS:localhost`
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
  const args = ["req", "-x509", ...curve, "-subj", "/CN=nats", "-addext", names, "-keyout", key, "-out", cert]
  execFileSync("openssl", args, { stdio: "pipe" })
  return { cert, key }
}

export const startNats = async (options: NatsOptions = {}): Promise<Nats> => {
  const { machine = thisMachine, port = await freePort(), tls = false, token, user } = options
  const directory = makeTemporaryDirectory()
  const files = tls ? certificate(directory, machine.address) : undefined
  const server = await startServer({
    command: natsServer,
    args: [
      ...["--addr", machine.address, "--port", `${port}`],
      ...(token === undefined ? [] : ["--auth", token]),
      ...(user === undefined ? [] : ["--user", user.name, "--pass", user.password]),
      ...(files === undefined ? [] : ["--tls", "--tlscert", files.cert, "--tlskey", files.key])
    ],
    directory,
    machine,
    isReady: () => accepts(machine.address, port)
  })
  return { ...server, port, url: `${tls ? "tls" : "nats"}://${machine.address}:${port}`, caFile: files?.cert }
}
