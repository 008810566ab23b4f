/** The right to set the clock, linux/capability.h. */
export const CAP_SYS_TIME = 25n

/** Reads the effective capabilities out of `/proc/PID/status`, one bit each; none when they are not told. */
export function effectiveCapabilities(status: string): bigint {
  const [, digits] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? []
  return digits === undefined ? 0n : BigInt(`0x${digits}`)
}

/** Whether capabilities hold on the machine itself, not only inside of a user namespace. @param map /proc/self/uid_map */
export function isMachineItself(map: string): boolean {
  return /^\s*0\s+0\s+4294967295\s*$/.test(map)
}
