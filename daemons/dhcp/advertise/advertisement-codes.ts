/** Numbers that stand in router advertisements, for both directions. */

export const ROUTER_ADVERTISEMENT = 134

/** @rfc 4191 section 2.2; 2 is reserved and means medium */
export const PREFERENCE_BITS = { low: 3, medium: 0, high: 1 } as const

/** Length of a NAT64 prefix by its code. @rfc 8781 section 4 */
export const PREF64_LENGTHS: readonly number[] = [96, 64, 56, 48, 40, 32]
