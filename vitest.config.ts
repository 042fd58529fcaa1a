// A test's project is what it needs, told by its name: NAME.test.ts is a unit test, NAME.integration.test.ts an integration test,
// and so on; all files of test/browser, test/process and test/cluster are of that project.
import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"

/** Files of half a minute and more, the longest first, and those that mostly wait between those that keep a core busy. */
const long = `
  browser/firstFeature process/slowLoris browser/xss process/clients process/package cluster/faults
  cli/migrateLog.cluster deploy/compose.cluster process/crash cluster/network browser/typing cli/restore.process
  cluster/switch browser/passkeys layers/postgres/leasedJobs.cluster process/analyticsCrash process/graceful
  tooling/generate/everyCombination.integration deploy/cluster.cluster http/schemathesis.cluster browser/missing
  process/featureSets layers/sessions/sessionStoreContract.cluster browser/develop cluster/clocks process/artifact
  cluster/twoReleases process/storm layers/eventStore/EventStorePostgres.cluster process/analyticsFaults
  layers/eventBus/ZenohTransport.cluster browser/analytics process/rollingRestart browser/tabs
  layers/rateLimits/RateBucketsPostgres.cluster browser/narrow cli/backup.process process/fuzz
`
  .trim()
  .split(/\s+/)
  .map((name) => `/test/${name}.test.ts`)

/** A long file that starts last leaves the other cores idle. */
class LongFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>) {
    const place = ({ moduleId }: TestSpecification) => {
      const index = long.findIndex((name) => moduleId.endsWith(name))
      return index === -1 ? long.length : index
    }
    return (await super.sort(files)).sort((one, other) => place(one) - place(other))
  }
}

/** Tests of this repository, and those that the generators copy. */
const roots = "{test,generators/test,template/test}"
const filesOf = (project: string) => [`${roots}/**/*.${project}.test.ts`, `${roots}/${project}/**/*.test.ts`]

/** The program, bundled, is made for these projects alone. */
const withBundle = { globalSetup: "test/bundle.ts" }

const projects = [
  {
    extends: true as const,
    test: {
      name: "unit",
      pool: "threads" as const,
      include: [`${roots}/**/*.test.ts`],
      exclude: ["integration", "browser", "process", "cluster"].flatMap(filesOf)
    }
  },
  { extends: true as const, test: { name: "integration", include: filesOf("integration") } },
  { extends: true as const, test: { ...withBundle, name: "browser", include: filesOf("browser") } },
  { extends: true as const, test: { ...withBundle, name: "process", include: filesOf("process") } },
  { extends: true as const, test: { ...withBundle, name: "cluster", include: filesOf("cluster") } }
]

/** `--mode all`. Vitest runs the projects one after another, each to its last file: everything is one project instead. */
const everything = [
  { extends: true as const, test: { ...withBundle, name: "all", include: [`${roots}/**/*.test.ts`] } }
]

export default defineConfig(({ mode }) => {
  const isEverything = mode === "all"
  // More than the cores of a small machine: some of them wait.
  const workers = isEverything ? 4 : 3
  return {
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
      sequence: { sequencer: LongFirst },
      projects: isEverything ? everything : projects
    }
  }
})
