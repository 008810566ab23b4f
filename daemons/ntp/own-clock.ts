import type { KernelClock } from '../linux/kernel-clock.ts'
import { LEAP_UNKNOWN } from './header.ts'
import type { NtpSection } from './section.ts'

/** What the section says of the clock that is served while no source is followed. */
export type OwnClockSettings = Pick<NtpSection, 'clock' | 'localStratum' | 'kernelStratum'>

/** What replies say of this machine's own clock. */
export interface OwnClaim {
  readonly kind: 'local' | 'kernel' | 'none'
  readonly leapIndicator: number
  readonly stratum: number
  readonly referenceId: number
  /** What it may be off already when it is taken as reference. @unit seconds */
  readonly dispersion: number
}

/** What we admit not to know about a local clock at the moment it is taken as reference. @unit seconds */
const LOCAL_DISPERSION = 0.01

/** 127.127.1.1: the local clock, as all servers write it; a clock of stratum 1 has a name instead. */
const LOCAL_ADDRESS = 0x7f7f_0101
const LOCL = 0x4c4f_434c

/** 127.127.1.0: the local clock that another program keeps. */
const KERNEL_ADDRESS = 0x7f7f_0100
const KERN = 0x4b45_524e

const NOTHING: OwnClaim = { kind: 'none', leapIndicator: LEAP_UNKNOWN, stratum: 0, referenceId: 0, dispersion: 1 }

/**
 * Decides what this machine's clock is worth: the kernel's word, when another program keeps it and we are to believe it;
 * else the stratum that we were told to claim.
 *
 * @param kernel what the kernel says of it; null when it does not tell, or is not asked
 */
export function claimOwnClock(settings: OwnClockSettings, kernel: KernelClock | null): OwnClaim {
  if (settings.clock !== 'local' && kernel?.synchronised === true) {
    const { kernelStratum: stratum } = settings
    return {
      kind: 'kernel',
      leapIndicator: kernel.leap,
      stratum,
      referenceId: stratum === 1 ? KERN : KERNEL_ADDRESS,
      dispersion: Math.max(0, kernel.maxErrorUs) / 1e6,
    }
  }
  const stratum = settings.clock === 'kernel' ? 0 : settings.localStratum
  if (stratum === 0) return NOTHING
  const referenceId = stratum === 1 ? LOCL : LOCAL_ADDRESS
  return { kind: 'local', leapIndicator: 0, stratum, referenceId, dispersion: LOCAL_DISPERSION }
}
