// Results as tables of text.
import { describe, expect, it } from "vitest"
import { format } from "../../src/cli/table.ts"

describe("a table", () => {
  it("is as wide as what is in it, numbers to the right", () => {
    expect(
      format(
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
  it("shows the first rows and says how many there are, also of none", () => {
    expect(format(["n"], [[1], [2], [3]], 2)).toBe("n\n-\n1\n2\n3 rows, the first 2 shown\n")
    expect(format(["n"], [], 2)).toBe("n\n-\n0 rows\n")
  })
  it("keeps what would move the cursor, or look like a line of its own, to its cell", () => {
    expect(format(["t"], [["a\nb\u001b[2J"]], 2)).toBe("t\n-------\na b [2J\n1 row\n")
  })
})
