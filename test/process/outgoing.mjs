// Loaded before the program: appends the process's network calls to the file OUTGOING. All of Node's
// APIs (net, tls, http, fetch, WebSocket, dns, dgram) end in one of these; names are resolved first.
import { appendFileSync } from "node:fs"
import { createRequire } from "node:module"
import net from "node:net"

const require = createRequire(import.meta.url)
const note = (what, target) => appendFileSync(process.env.OUTGOING, `${what} ${JSON.stringify(target ?? null)}\n`)

const { connect } = net.Socket.prototype
net.Socket.prototype.connect = function (...args) {
  note("connect", Array.isArray(args[0]) ? args[0][0] : args[0])
  return connect.apply(this, args)
}

const { Socket } = require("node:dgram")
const { send } = Socket.prototype
Socket.prototype.send = function (...args) {
  note(
    "send",
    args.slice(1).filter((it) => typeof it !== "function")
  )
  return send.apply(this, args)
}

const dns = require("node:dns")
for (const module of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype])
  for (const name of Object.getOwnPropertyNames(module).filter((it) => /^(lookup|resolve|reverse)/.test(it))) {
    const ask = module[name]
    module[name] = function (...args) {
      // Listening resolves its address too, without network access.
      if (net.isIP(String(args[0])) === 0 || name === "reverse") note(name, args[0])
      return ask.apply(this, args)
    }
  }

const childProcess = require("node:child_process")
const { spawn } = childProcess.ChildProcess.prototype
childProcess.ChildProcess.prototype.spawn = function (...args) {
  note("spawn", args[0]?.file)
  return spawn.apply(this, args)
}
