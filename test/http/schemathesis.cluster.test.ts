// schemathesis checks that the API accepts what its description allows, refuses the rest and
// answers as described. Further configuration is in schemathesis/.
import { execFile } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { describe, expect, it, onTestFinished } from "vitest"
import { program, withItsModules } from "../program.ts"
import { serverForFile } from "./server.ts"

const { isSkipped, path } = program("schemathesis", "PyPI's package of this name has it")
const settings = join(import.meta.dirname, "schemathesis")

describe.skipIf(isSkipped)("schemathesis", () => {
  const server = serverForFile({ COMMAND_RATE_LIMIT: "0", SESSION_RATE_LIMIT: "0", SIGN_IN_RATE_LIMIT: "0" })

  it("finds no difference between the API and its description", { timeout: 600_000 }, async () => {
    const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const { stdout } = await promisify(execFile)(
      path,
      [
        ...[
          "--config-file",
          join(settings, "schemathesis.toml"),
          "--no-color",
          "run",
          `${server.url}/api/openapi.json`
        ],
        ...["--checks", "all", "--phases", "coverage,fuzzing,stateful", "--max-examples", "60", "--seed", "15"]
      ],
      // It stores its findings in the working directory.
      { cwd: directory, env: withItsModules(path, settings), maxBuffer: 64 << 20 }
    ).catch((error: { readonly stdout: string }) => error)
    // Its output after the progress lines describes its findings.
    const summary = stdout.slice(Math.max(0, stdout.search(/=+ (?:FAILURES|ERRORS|SUMMARY) =+/)))
    expect(summary).toMatch(/ (\d+) generated, \1 passed/)
    expect(summary).not.toMatch(/= (?:FAILURES|ERRORS) =/)
    expect(Number(/ (\d+) generated/.exec(summary)?.[1])).toBeGreaterThan(1500)
  })
})
