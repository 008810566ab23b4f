/**
 * The NTP header, all versions 1 to 4: where each field lies, in wire order.
 *
 * @rfc 5905 section 7.3, figure 8
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   0 |LI | VN  |Mode |    Stratum    |     Poll      |  Precision    |
 *   4 |                         Root Delay            (16.16 seconds) |
 *   8 |                         Root Dispersion       (16.16 seconds) |
 *  12 |                         Reference ID                          |
 *  16 +                         Reference Timestamp          (32.32)  +
 *  24 +                         Origin Timestamp             (32.32)  +
 *  32 +                         Receive Timestamp            (32.32)  +
 *  40 +                         Transmit Timestamp           (32.32)  +
 *  48 |                         extension fields, then a MAC          |
 */
export const HEADER_BYTES = 48
export const STRATUM = 1
export const POLL = 2
export const PRECISION = 3
export const ROOT_DELAY = 4
export const ROOT_DISPERSION = 8
export const REFERENCE_ID = 12
export const REFERENCE_TIMESTAMP = 16
export const ORIGIN_TIMESTAMP = 24
export const RECEIVE_TIMESTAMP = 32
export const TRANSMIT_TIMESTAMP = 40

/** Association modes, the low three bits of the first octet. */
export const MODE = { reserved: 0, active: 1, passive: 2, client: 3, server: 4, control: 6, private: 7 } as const

/** Leap indicator of a clock that is not synchronised; kisses carry it too. */
export const LEAP_UNKNOWN = 3
