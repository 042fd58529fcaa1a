/** The oldest Node that runs this; package.json's `engines` say the same. */
const oldest = [20, 19] as const

/** One line where Node is too old, such as "18.20.4". */
export const nodeTooOld = (version: string): string | undefined => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return undefined
  return `Node ${version} is too old: install Node ${oldest.join(".")} or newer (https://nodejs.org)`
}
