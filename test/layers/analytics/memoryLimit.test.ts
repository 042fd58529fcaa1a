import { describe, expect, it } from "vitest"
import { duckShare, memoryLimitOf } from "../../../src/layers/analytics/memoryLimit.ts"

const gib = 1024 ** 3
const mib = 1024 ** 2

const limit = (files: Record<string, string>, constrained?: number) =>
  memoryLimitOf({ total: 64 * gib, constrained, read: (path) => files[path] })

const v2 = (path: string) => ({ "/proc/self/cgroup": `0::${path}\n` })

describe("memory available to this process", () => {
  it("is the machine's without a limit", () => {
    expect(limit({})).toBe(64 * gib)
    expect(limit({}, 0)).toBe(64 * gib)
  })

  it.each(["max", "max\n", "", "9223372036854771712", "18446744073709551615", "0", "-1", "nonsense"])(
    "is the machine's for a limit of %j",
    (text) => {
      expect(limit({ ...v2("/"), "/sys/fs/cgroup/memory.max": text })).toBe(64 * gib)
      expect(limit({}, Number.parseFloat(text))).toBe(64 * gib)
    }
  )

  it("is Node's constrained memory where that is lower", () => {
    expect(limit({}, 512 * mib)).toBe(512 * mib)
    expect(limit({}, 2 ** 64)).toBe(64 * gib)
  })

  it("is the limit of its cgroup v2, with and without a cgroup namespace", () => {
    expect(limit({ ...v2("/"), "/sys/fs/cgroup/memory.max": `${512 * mib}\n` })).toBe(512 * mib)
    const outside = "/sys/fs/cgroup/system.slice/evenstar.service/memory.max"
    expect(limit({ ...v2("/system.slice/evenstar.service"), [outside]: `${300 * mib}\n` })).toBe(300 * mib)
  })

  it("is the lowest limit of its nested cgroups", () => {
    const files = {
      ...v2("/a/b/c"),
      "/sys/fs/cgroup/a/memory.max": String(400 * mib),
      "/sys/fs/cgroup/a/b/memory.max": "max",
      "/sys/fs/cgroup/a/b/c/memory.max": String(800 * mib)
    }
    expect(limit(files)).toBe(400 * mib)
    expect(limit({ ...files, "/sys/fs/cgroup/a/b/memory.high": String(200 * mib) })).toBe(200 * mib)
  })

  it("is the limit of its cgroup v1, beside other controllers and version 2", () => {
    const groups = { "/proc/self/cgroup": "12:cpu,cpuacct:/x\n4:memory:/docker/abc\n1:name=systemd:/y\n0::/z\n" }
    const inside = "/sys/fs/cgroup/memory/memory.limit_in_bytes"
    expect(limit({ ...groups, [inside]: String(256 * mib) })).toBe(256 * mib)
    expect(limit({ ...groups, [inside]: "9223372036854771712" })).toBe(64 * gib)
    const outside = "/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes"
    expect(limit({ ...groups, [inside]: "9223372036854771712", [outside]: String(128 * mib) })).toBe(128 * mib)
  })

  it("is never more than the machine's", () => {
    expect(limit({ ...v2("/"), "/sys/fs/cgroup/memory.max": String(512 * gib) })).toBe(64 * gib)
  })
})

describe("DuckDB's share", () => {
  it.each([
    [64 * gib, 16_384],
    [gib, 256],
    [512 * mib, 256],
    [256 * mib, 128],
    [64 * mib, 64]
  ])("of %d bytes is %d MiB", (bytes, share) => expect(duckShare(bytes)).toBe(share))
})
