// Certificates as an attacker writes them: a chain for a passkey's own key, each naming URLs of revocation lists.
import { execFileSync } from "node:child_process"
import type { KeyObject } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Android's KeyDescription with that challenge, as DER in hex. */
const keyDescription = (challenge: Buffer) => {
  const fields = `0201010a01000201010a01000420${challenge.toString("hex")}040030003000`
  return `30${(fields.length / 2).toString(16).padStart(2, "0")}${fields}`
}

/** Leaf and root, as DER. The leaf is one that `packed`, `fido-u2f` and `android-key` each take for its kind. */
export const certificateChain = (key: KeyObject, challenge: Buffer, lists: ReadonlyArray<string>) => {
  const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
  const at = (name: string) => join(directory, name)
  const openssl = (...args: ReadonlyArray<string>) => execFileSync("openssl", args, { cwd: directory, stdio: "pipe" })
  try {
    const points = `crlDistributionPoints=${lists.map((url) => `URI:${url}`).join(",")}`
    writeFileSync(at("leaf.key"), key.export({ type: "pkcs8", format: "pem" }))
    writeFileSync(
      at("root.cnf"),
      `[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\n[dn]\nCN=Root\n[ext]\nbasicConstraints=CA:true\n${points}\n`
    )
    const challengeField = `1.3.6.1.4.1.11129.2.1.17=DER:${keyDescription(challenge)}`
    writeFileSync(at("leaf.ext"), `basicConstraints=CA:false\n${points}\n${challengeField}\n`)
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "root.key")
    openssl("req", "-x509", "-new", "-key", "root.key", "-config", "root.cnf", "-days", "2", "-out", "root.pem")
    const subject = "/C=DE/O=Test/OU=Authenticator Attestation/CN=Leaf"
    openssl("req", "-new", "-key", "leaf.key", "-subj", subject, "-out", "leaf.csr")
    const signing = ["-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-extfile", "leaf.ext", "-days", "2"]
    openssl("x509", "-req", "-in", "leaf.csr", ...signing, "-out", "leaf.pem")
    return ["leaf.pem", "root.pem"].map((name) => {
      openssl("x509", "-in", name, "-outform", "DER", "-out", `${name}.der`)
      return readFileSync(at(`${name}.der`))
    })
  } finally {
    rmSync(directory, { recursive: true })
  }
}
