// Query results as text tables.
import { describe, expect, it } from "vitest"
import { formatTable } from "../../src/cli/table.ts"

describe("table", () => {
  it("fits its contents and aligns numbers to the right", () => {
    expect(
      formatTable(
        ["name", "n"],
        [
          ["milk", 1],
          ["oat milk", 12.5],
          [null, null]
        ],
        9
      )
    ).toBe("name         n\n--------  ----\nmilk         1\noat milk  12.5\n\n3 rows\n")
  })
  it("shows the first rows and the total count, also for an empty result", () => {
    expect(formatTable(["n"], [[1], [2], [3]], 2)).toBe("n\n-\n1\n2\n3 rows, the first 2 shown\n")
    expect(formatTable(["n"], [], 2)).toBe("n\n-\n0 rows\n")
  })
  it("escapes control characters and line breaks within a cell", () => {
    expect(formatTable(["t"], [["a\nb\u001b[2J"]], 2)).toBe("t\n-------\na b [2J\n1 row\n")
  })
})
