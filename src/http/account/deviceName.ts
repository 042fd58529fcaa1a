// A User-Agent as people call their device: "Chrome on Linux".
import { getParser } from "bowser"

/** Whatever a client has sent: it may be nothing, or nothing that anybody knows. */
export const deviceName = (userAgent: string): string => {
  if (userAgent === "") return "Unknown device"
  const parser = getParser(userAgent)
  const browser = parser.getBrowserName()
  const system = parser.getOSName()
  if (browser === "") return userAgent.split(/[\s/(]/)[0] || "Unknown device"
  return system === "" ? browser : `${browser} on ${system}`
}
