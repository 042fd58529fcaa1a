// Network namespaces as hosts that a test can cut off, each linked to a router, which is a
// namespace too. Cut traffic is dropped silently in the router: links stay up.
import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import { program, skipWithNotice } from "../program.ts"
import type { Machine } from "./server.ts"

const { path: ip, isSkipped: isMissing } = program("ip", 'Debian\'s package "iproute2" has it')

const run = (...args: ReadonlyArray<string>) => execFileSync(ip, args, { encoding: "utf8", stdio: "pipe" })
const isDone = (...args: ReadonlyArray<string>) => {
  try {
    run(...args)
    return true
  } catch {
    return false
  }
}

/** This machine's end of the link to the router. */
const interfaceOf = (network: number) => `evenstar${network}`
const namespaceOf = (network: number, machine: number | "router") => `${interfaceOf(network)}-${machine}`
const addressOf = (network: number, host: number) => `10.123.${network}.${host}`

const namespaces = (network: number) =>
  run("netns", "list")
    .split("\n")
    .map((line) => line.split(" ", 1)[0] ?? "")
    .filter((name) => name.startsWith(`${interfaceOf(network)}-`))

const pidsIn = (namespace: string) => {
  try {
    return run("netns", "pids", namespace).split("\n").filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** Another process may be removing the same leftover. */
const remove = (network: number) => {
  for (const name of namespaces(network)) {
    for (const pid of pidsIn(name)) {
      try {
        process.kill(pid, "SIGKILL")
      } catch {
        // It has exited meanwhile.
      }
    }
    isDone("netns", "del", name)
  }
  // Removed with the router's namespace, a moment later.
  isDone("link", "del", interfaceOf(network))
}

/** Removes networks of processes that died before they could. */
const removeOrphans = () => {
  const owned = /^\d+: evenstar(\d+)@.*\n(?:\s.*\n)*?\s+alias of (\d+)$/gm
  for (const [, network, owner] of run("link", "show").matchAll(owned)) {
    if (!existsSync(`/proc/${owner}`)) remove(Number(network))
  }
}

const isAllowed = () => {
  const probe = `evenstar-probe-${process.pid}`
  return isDone("netns", "add", probe) && isDone("netns", "del", probe)
}

export const isSkipped =
  isMissing || (!isAllowed() && skipWithNotice("broken networks", "network namespaces can't be made here (root can)"))

export interface Network {
  /** This machine, as the other hosts reach it. */
  readonly here: Machine
  /** Adds a host. Its address is reachable from this machine and all other hosts. */
  readonly machine: () => Machine
  /** Drops all traffic between it and `other`; without `other`, all of its traffic. */
  readonly cut: (machine: Machine, other?: Machine) => void
  /** Undoes every cut of it. */
  readonly join: (machine: Machine) => void
  /** Kills the processes on its hosts and removes them. */
  readonly stop: () => void
}

const open = new Set<number>()
process.on("exit", () => {
  for (const network of open) remove(network)
})

const routerHost = 1
const ownHost = 254

/** Addresses in 10.123.N.0/24. */
export const startNetwork = (): Network => {
  removeOrphans()
  // Creating the router's namespace reserves the number.
  const numbers = Array.from({ length: 256 }, (_, index) => (process.pid + index) % 256)
  const network = numbers.find((number) => isDone("netns", "add", namespaceOf(number, "router")))
  if (network === undefined) throw new Error("Network namespaces can't be made here")
  open.add(network)

  const router = namespaceOf(network, "router")
  const inRouter = (...args: ReadonlyArray<string>) => run("-n", router, ...args)
  const plug = (host: number, name: string, namespace: ReadonlyArray<string>) => {
    const cable = `host${host}`
    inRouter("link", "add", cable, "type", "veth", "peer", "name", name, ...namespace)
    inRouter("address", "add", `${addressOf(network, routerHost)}/32`, "dev", cable)
    inRouter("link", "set", cable, "up")
    inRouter("route", "add", addressOf(network, host), "dev", cable)
  }
  inRouter("link", "set", "lo", "up")
  execFileSync(ip, ["netns", "exec", router, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"])

  const own = interfaceOf(network)
  plug(ownHost, own, ["netns", `${process.pid}`])
  run("link", "set", own, "alias", `of ${process.pid}`)
  run("address", "add", `${addressOf(network, ownHost)}/32`, "dev", own)
  run("link", "set", own, "up")
  run("route", "add", addressOf(network, routerHost), "dev", own, "src", addressOf(network, ownHost))
  const gateway = ["via", addressOf(network, routerHost)]
  run("route", "add", `${addressOf(network, 0)}/24`, ...gateway, "dev", own, "src", addressOf(network, ownHost))

  let machines = 1
  const cuts = new Map<string, Array<ReadonlyArray<string>>>()
  const drop = (machine: Machine, ...what: ReadonlyArray<string>) => {
    inRouter("rule", "add", ...what, "blackhole")
    cuts.set(machine.address, [...(cuts.get(machine.address) ?? []), what])
  }
  return {
    here: { address: addressOf(network, ownHost), prefix: [] },
    machine: () => {
      const host = ++machines
      const name = namespaceOf(network, host)
      run("netns", "add", name)
      plug(host, "eth0", ["netns", name])
      run("-n", name, "link", "set", "lo", "up")
      run("-n", name, "address", "add", `${addressOf(network, host)}/32`, "dev", "eth0")
      run("-n", name, "link", "set", "eth0", "up")
      run("-n", name, "route", "add", addressOf(network, routerHost), "dev", "eth0")
      run("-n", name, "route", "add", "default", ...gateway)
      return { address: addressOf(network, host), prefix: [ip, "netns", "exec", name] }
    },
    cut: (machine, other) => {
      const between = other === undefined ? [] : [other.address]
      drop(machine, "from", machine.address, ...between.flatMap((address) => ["to", address]))
      drop(machine, ...between.flatMap((address) => ["from", address]), "to", machine.address)
    },
    join: (machine) => {
      for (const what of cuts.get(machine.address) ?? []) inRouter("rule", "del", ...what, "blackhole")
      cuts.delete(machine.address)
    },
    stop: () => {
      open.delete(network)
      remove(network)
    }
  }
}
