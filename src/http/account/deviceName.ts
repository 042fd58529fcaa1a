// Formats a User-Agent as a device name: "Chrome on Linux".
import { getParser } from "bowser"

/** Accepts any header value, including an empty or unknown one. */
export const deviceName = (userAgent: string): string => {
  if (userAgent === "") return "Unknown device"
  const parser = getParser(userAgent)
  const browser = parser.getBrowserName()
  const system = parser.getOSName()
  if (browser === "") return userAgent.split(/[\s/(]/)[0] || "Unknown device"
  return system === "" ? browser : `${browser} on ${system}`
}
