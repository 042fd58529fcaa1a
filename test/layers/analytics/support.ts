// Faults for tests of analytics: an endless statement, changes to a closed file, corrupt rows.
import { open as openFile } from "node:fs/promises"
import { DuckDBInstance } from "@duckdb/node-api"

/** Would run for days: it ends only by interruption. */
export const endless =
  "SELECT count(*)::INTEGER AS n FROM range(10000000) a, range(10000000) b WHERE hash(a.range + b.range) = 1"

/** Runs statements on a file that is not open; returns the rows of the last one. */
export const runStatements = async (file: string, ...statements: ReadonlyArray<string>) => {
  const instance = await DuckDBInstance.create(file)
  const connection = await instance.connect()
  let rows: ReadonlyArray<ReadonlyArray<unknown>> = []
  for (const statement of statements) rows = (await connection.runAndReadAll(statement)).getRowsJS()
  connection.closeSync()
  instance.closeSync()
  return rows
}

const headers = 3 * 4096
const blockSize = 262_144

/** Corrupts the rows of a file that is not open: it opens as before, and reading the rows fails. */
export const scrambleRows = async (file: string) => {
  const blocks = await runStatements(
    file,
    "SELECT DISTINCT block_id FROM pragma_storage_info('events') WHERE persistent AND block_id >= 0"
  )
  const opened = await openFile(file, "r+")
  for (const [block] of blocks) {
    await opened.write(Buffer.alloc(blockSize / 2, 0xab), 0, undefined, headers + Number(block) * blockSize)
  }
  await opened.close()
  return blocks.length
}
