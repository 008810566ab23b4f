import type { FilterStep } from '../../linux/frame-listener.ts'

const LOAD_WORD = 0x20
const LOAD_HALF = 0x28
const LOAD_BYTE = 0x30
const LOAD_HALF_AFTER_HEADER = 0x48
const HEADER_LENGTH = 0xb1
const IF_EQUAL = 0x15
const IF_ANY_BIT = 0x45
const RETURN = 0x06
/** Whether the card took a VLAN tag off the frame, which then belongs to another interface (SKF_AD_VLAN_TAG_PRESENT). */
const VLAN_TAG = 0xfffff000 + 48

/**
 * Lets pass what tells who uses which address: ARP, and messages from DHCP servers to clients. Of the latter a switch
 * shows us only those to all.
 */
export const LINK_FILTER: readonly FilterStep[] = [
  [LOAD_WORD, 0, 0, VLAN_TAG],
  [IF_EQUAL, 0, 13, 0],
  [LOAD_HALF, 0, 0, 12],
  [IF_EQUAL, 10, 0, 0x0806],
  [IF_EQUAL, 0, 10, 0x0800],
  [LOAD_BYTE, 0, 0, 23],
  [IF_EQUAL, 0, 8, 17],
  [LOAD_HALF, 0, 0, 20],
  [IF_ANY_BIT, 6, 0, 0x1fff],
  [HEADER_LENGTH, 0, 0, 14],
  [LOAD_HALF_AFTER_HEADER, 0, 0, 14],
  [IF_EQUAL, 0, 3, 67],
  [LOAD_HALF_AFTER_HEADER, 0, 0, 16],
  [IF_EQUAL, 0, 1, 68],
  [RETURN, 0, 0, 2048],
  [RETURN, 0, 0, 0],
]
