/** Receive buffer that we ask for: enough for some 6,000 small datagrams while a daemon is down; the default holds 250. */
export const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024
