/** Numbers of the protocol by the names of the RFC; their values are IANA's. */

/** @rfc 8415 section 7.3 */
export const MESSAGE_TYPES = {
  SOLICIT: 1,
  ADVERTISE: 2,
  REQUEST: 3,
  CONFIRM: 4,
  RENEW: 5,
  REBIND: 6,
  REPLY: 7,
  RELEASE: 8,
  DECLINE: 9,
  RECONFIGURE: 10,
  'INFORMATION-REQUEST': 11,
  'RELAY-FORW': 12,
  'RELAY-REPL': 13,
} as const

export type MessageType = keyof typeof MESSAGE_TYPES

/** @rfc 8415 section 21; 3646, 4075, 4704, 5908, 6939, 8357, 8910 for the later ones */
export const OPTION = {
  clientId: 1,
  serverId: 2,
  iaNa: 3,
  iaTa: 4,
  iaAddress: 5,
  optionRequest: 6,
  preference: 7,
  elapsedTime: 8,
  relayMessage: 9,
  statusCode: 13,
  rapidCommit: 14,
  interfaceId: 18,
  reconfigureAccept: 20,
  dnsServers: 23,
  domainList: 24,
  iaPd: 25,
  iaPrefix: 26,
  sntpServers: 31,
  informationRefreshTime: 32,
  remoteId: 37,
  clientFqdn: 39,
  ntpServer: 56,
  clientLinkLayerAddress: 79,
  solMaxRt: 82,
  infMaxRt: 83,
  captivePortal: 103,
  relaySourcePort: 135,
} as const

/** @rfc 8415 section 21.13 */
export const STATUS = {
  success: 0,
  unspecFail: 1,
  noAddrsAvail: 2,
  noBinding: 3,
  notOnLink: 4,
  useMulticast: 5,
  noPrefixAvail: 6,
} as const

export type StatusName = keyof typeof STATUS

/** The UDP ports of servers and relay agents, and of clients. @rfc 8415 section 7.2 */
export const SERVER_PORT = 547
export const CLIENT_PORT = 546
