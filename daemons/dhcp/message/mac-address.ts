/** Whether a hardware address as aa:bb:… begins with these octets, given in hex without colons. */
export function hasMacPrefix(mac: string, prefix: string): boolean {
  return mac.replaceAll(':', '').startsWith(prefix)
}

/**
 * Whether an address is one that its host made up, as phones do for each network to hide theirs.
 *
 * @rfc 7042 section 2.1: the second lowest bit of the first octet
 */
export function isLocallyAdministered(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 2) !== 0
}
