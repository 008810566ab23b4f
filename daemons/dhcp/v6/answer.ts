import { uint16Bytes, uint32Bytes } from '../../wire/octets.ts'
import { encodeLabels } from '../message/domain-labels.ts'
import { addressBytes } from './address.ts'
import { encodeClientFqdn } from './client-fqdn.ts'
import { OPTION } from './codes.ts'
import type { Answer6 } from './decision.ts'
import { encodeAssociation, encodeStatus } from './identity-association.ts'
import type { Message } from './message.ts'
import { encodeMessage } from './message-codec.ts'
import { encodeOption } from './options-codec.ts'
import type { SubnetPlan6 } from './subnet-plan.ts'

/** What a client asks for again after this long at the least. @rfc 8415 section 21.23 */
const LEAST_REFRESH_SECONDS = 600
/** Where no address is ever given, a client that asks for one anyhow asks once a day. @rfc 8415 section 21.24 */
const RARE_SOLICIT_SECONDS = 86_400
/** Suboption of option 56: an address of a server. @rfc 5908 section 4.1 */
const NTP_SERVER_ADDRESS = 1

/**
 * Writes the answer to a message: who it is for and from, the associations, and of the settings what the client asks for.
 *
 * @rfc 8415 sections 18.3.10 and 18.3.11
 * @param server DUID of this server
 * @param self our address that clients of the link reach; null = none is known, and what names this server is left out
 */
export function encodeAnswer(message: Message, answer: Answer6, server: Uint8Array, self: bigint | null): Uint8Array {
  const { requested, clientId, clientFqdn } = message
  const { settings, status } = answer
  return encodeMessage(answer.type, message.transactionId, [
    ...(clientId === null ? [] : [encodeOption(OPTION.clientId, clientId)]),
    encodeOption(OPTION.serverId, server),
    ...(answer.rapidCommit ? [encodeOption(OPTION.rapidCommit)] : []),
    ...(status === null ? [] : [encodeStatus(status.name, status.message)]),
    ...answer.associations.map(encodeAssociation),
    // RFC 4704 section 6: only to clients that sent it and ask for it.
    ...(settings !== null && clientFqdn !== null && requested.has(OPTION.clientFqdn)
      ? [encodeClientFqdn(clientFqdn, answer.hostname)]
      : []),
    ...(settings === null ? [] : encodeSettings(message, settings, self)),
  ])
}

function encodeSettings({ type, requested }: Message, plan: SubnetPlan6, self: bigint | null): readonly Uint8Array[] {
  const dns = addressesOf(plan.dns, self)
  const ntp = addressesOf(plan.ntp, self)
  const list: readonly (readonly [code: number, isTold: boolean, options: () => readonly Uint8Array[]])[] = [
    [OPTION.dnsServers, dns.length > 0, () => [encodeOption(OPTION.dnsServers, ...dns)]],
    [
      OPTION.domainList,
      plan.domainSearch.length > 0,
      () => [encodeOption(OPTION.domainList, ...plan.domainSearch.map(encodeLabels))],
    ],
    [OPTION.sntpServers, ntp.length > 0, () => [encodeOption(OPTION.sntpServers, ...ntp)]],
    [OPTION.ntpServer, ntp.length > 0, () => ntp.map(encodeNtpServer)],
    [
      OPTION.captivePortal,
      plan.captivePortal !== null,
      () => [encodeOption(OPTION.captivePortal, Buffer.from(plan.captivePortal ?? '', 'latin1'))],
    ],
    [
      OPTION.informationRefreshTime,
      type === 'INFORMATION-REQUEST',
      () => [
        encodeOption(
          OPTION.informationRefreshTime,
          uint32Bytes(Math.max(LEAST_REFRESH_SECONDS, plan.preferredSeconds)),
        ),
      ],
    ],
    [OPTION.solMaxRt, !plan.stateful, () => [encodeOption(OPTION.solMaxRt, uint32Bytes(RARE_SOLICIT_SECONDS))]],
  ]
  return list.flatMap(([code, isTold, options]) => (isTold && requested.has(code) ? options() : []))
}

function addressesOf(servers: readonly (bigint | 'self')[], self: bigint | null): readonly Uint8Array[] {
  return servers.flatMap((server) => {
    const address = server === 'self' ? self : server
    return address === null ? [] : [addressBytes(address)]
  })
}

/** Each server is an option of its own. @rfc 5908 section 4 */
function encodeNtpServer(address: Uint8Array): Uint8Array {
  return encodeOption(OPTION.ntpServer, uint16Bytes(NTP_SERVER_ADDRESS), uint16Bytes(address.length), address)
}
