// A test's project is what it needs, told by its name: NAME.test.ts is a unit test, NAME.integration.test.ts an integration test,
// and so on; all files of test/browser, test/process and test/cluster are of that project.
import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"

/** Files that mostly wait: for timeouts, for a line that is cut, for processes that end. */
const mostlyWaiting =
  /(process\/(slowLoris|clients|graceful|rollingRestart)|cluster\/(network|faults|switch)|compose|silence|leasedJobs|missing)(\.\w+)?\.test\.ts$/

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

/** Tests of this repository, and those that the generators copy. */
const roots = "{test,generators/test,template/test}"
const filesOf = (project: string) => [`${roots}/**/*.${project}.test.ts`, `${roots}/${project}/**/*.test.ts`]

/** One more than the cores of a small machine: one of them waits. */
const workers = 3

/** The program, bundled, is made for these projects alone. */
const withBundle = { globalSetup: "test/bundle.ts" }

export default defineConfig({
  resolve: {
    alias: [
      { find: /^evenstar\/testing$/, replacement: `${import.meta.dirname}/src/testing/index.ts` },
      { find: /^evenstar\//, replacement: `${import.meta.dirname}/src/` }
    ]
  },
  test: {
    // A line per file, the tests that fail or take seconds, and what failed tests have printed.
    slowTestThreshold: 5000,
    silent: "passed-only",
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // A worker loads a module once for all files of a project: tests leave nothing behind in their process. Workers are
    // all there from the start, as Vitest may end an idle one that is about to get a file.
    poolOptions: {
      threads: { isolate: false, minThreads: workers, maxThreads: workers },
      forks: { isolate: false, minForks: workers, maxForks: workers }
    },
    sequence: { sequencer: WaitingAmongBusy },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          pool: "threads",
          include: [`${roots}/**/*.test.ts`],
          exclude: ["integration", "browser", "process", "cluster"].flatMap(filesOf)
        }
      },
      { extends: true, test: { name: "integration", include: filesOf("integration") } },
      { extends: true, test: { ...withBundle, name: "browser", include: filesOf("browser") } },
      { extends: true, test: { ...withBundle, name: "process", include: filesOf("process") } },
      { extends: true, test: { ...withBundle, name: "cluster", include: filesOf("cluster") } }
    ]
  }
})
