import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"

/** Files that mostly wait: for timeouts, for a line that is cut, for processes that end. */
const mostlyWaiting =
  /(process\/(slowLoris|clients|compose|graceful|rollingRestart)|cluster\/(network|faults|switch)|silence|duties|leasedJobs|missing)\.test\.ts$/

/** Between two files that mostly wait stand two that keep a core busy: the machine then has something to do all the time. */
class WaitingAmongBusy extends BaseSequencer {
  override async sort(files: Array<TestSpecification>) {
    const sorted = await super.sort(files)
    const waiting = sorted.filter(({ moduleId }) => mostlyWaiting.test(moduleId))
    const busy = sorted.filter(({ moduleId }) => !mostlyWaiting.test(moduleId))
    const mixed = waiting.flatMap((file, index) => [file, ...busy.slice(2 * index, 2 * index + 2)])
    return [...mixed, ...busy.slice(2 * waiting.length)]
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/globalSetup.ts",
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // One more than the cores of a small machine: one of them waits.
    maxWorkers: 3,
    sequence: { sequencer: WaitingAmongBusy }
  }
})
