// Measures the costs used by `npm run simulate`, on 1, 2 and 3 nodes with PostgreSQL and NATS: fits
// them to some loads and predicts others. Prints them in the format of bench/simulate/costs.ts.
// Targets: CPU time, commands and deliveries within 15 % of the prediction.
import { cpus } from "node:os"
import { startNats } from "../test/servers/nats.ts"
import { startPostgres } from "../test/servers/postgres.ts"
import { measureBus } from "./support/capacityBus.ts"
import { type Measured, startCluster } from "./support/capacityCluster.ts"
import { type Appends, costsOf } from "./support/capacityFit.ts"
import { counting, measureAppends } from "./support/capacityOrder.ts"
import { report } from "./support/capacityReport.ts"
import { passes, planned, type Role, warmUp } from "./support/capacityRuns.ts"
import { benchmark, note } from "./support/report.ts"

const machine = `${cpus().length} x ${cpus()[0]?.model ?? "?"}, Node ${process.version}, all processes on it`

await benchmark(
  "capacity",
  "what nodes, streams and commands cost, and whether the simulation foretells it",
  async () => {
    const nats = await startNats()
    const bus = await measureBus(nats)
    const appends: Array<Appends> = []
    const measured: Array<Measured & { readonly role: Role }> = []
    for (let pass = 0; pass < passes; pass++) {
      const alone = await startPostgres({ settings: counting })
      appends.push(...(await measureAppends(alone)))
      await alone.stop()
      for (const nodes of [1, 2, 3]) {
        // A fresh server: one with other databases also maintains those.
        const postgres = await startPostgres()
        const cluster = await startCluster(postgres, nats, nodes)
        await cluster.measure(warmUp)
        for (const { role, run } of planned.filter((one) => one.nodes === nodes)) {
          measured.push({ role, ...(await cluster.measure(run)) })
        }
        await cluster.stop()
        await postgres.stop()
      }
    }
    await nats.stop()
    const of = (role: Role) => measured.filter((one) => one.role === role)
    const costs = costsOf(machine, appends, bus, of("fitted"))
    note("Costs for `npm run simulate -- --costs FILE`, in microseconds and bytes\n")
    note(`${JSON.stringify(costs, null, 2)}\n`)
    report(of("predicted"), costs)
  }
)
