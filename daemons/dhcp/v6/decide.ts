import { formatHex } from '../message/hex.ts'
import type { MessageType } from './codes.ts'
import { decideConfirm } from './decide-confirm.ts'
import { decideExtend } from './decide-extend.ts'
import { decideInformation } from './decide-information.ts'
import { decideRequest } from './decide-request.ts'
import { decideDecline, decideRelease } from './decide-return.ts'
import { type Decision6, type Inquiry6, ignore6, plainReply } from './decision.ts'

/**
 * Decides about one message. Nothing is changed: whoever asks enters the changes, stores them, and sends the answer.
 *
 * @rfc 8415 section 16 for what is discarded, 18.3 for the rest
 */
export function decide6(inquiry: Inquiry6): Decision6 {
  const { message, link } = inquiry
  const invalid = findFault(inquiry)
  if (invalid !== null) return invalid
  if (link.length === 0) return ignore6('ignored_no_subnet', 'no subnet with DHCPv6 is on its link')
  switch (message.type) {
    case 'SOLICIT':
    case 'REQUEST':
      return decideRequest(inquiry)
    case 'RENEW':
    case 'REBIND':
      return decideExtend(inquiry)
    case 'CONFIRM':
      return decideConfirm(inquiry)
    case 'RELEASE':
      return decideRelease(inquiry)
    case 'DECLINE':
      return decideDecline(inquiry)
    case 'INFORMATION-REQUEST':
      return decideInformation(inquiry)
    case 'ADVERTISE':
    case 'REPLY':
    case 'RECONFIGURE':
    case 'RELAY-FORW':
    case 'RELAY-REPL':
      return ignore6('ignored_reply', 'only servers and relay agents send that')
  }
}

/** What must be in a message for a server, and what must not. */
function findFault({ message, unicast, server }: Inquiry6): Decision6 | null {
  const { type, clientId, serverId, associations } = message
  const rule = RULES[type]
  if (rule === null) return ignore6('ignored_reply', 'only servers and relay agents send that')
  if (clientId === null && rule.client) return ignore6('ignored_no_client_id', 'it does not tell its DUID')
  if (serverId === null && rule.server === 'must') return ignore6('ignored_no_server_id', 'it names no server')
  if (serverId !== null && rule.server === 'never')
    return ignore6('ignored_server_id', 'it names a server in a message that is for all')
  if (serverId !== null && formatHex(serverId) !== server)
    return ignore6('ignored_other_server', 'meant for another server')
  if (type === 'INFORMATION-REQUEST' && associations.length > 0)
    return ignore6('ignored_association', 'it asks for addresses in a message that brings none')
  if (!unicast) return null
  if (rule.server !== 'must') return ignore6('ignored_unicast', 'it is for all servers, and was sent to one address')
  const status = { name: 'useMulticast', message: 'send this to ff02::1:2' } as const
  return {
    ...ignore6('use_multicast', 'it was sent to one address; the client is told to send it to all'),
    answer: plainReply(status),
  }
}

interface Rule {
  /** Whether the client must tell its DUID. */
  readonly client: boolean
  readonly server: 'must' | 'may' | 'never'
}

/** @rfc 8415 sections 16.2 to 16.12; null = not for servers */
const RULES: Readonly<Record<MessageType, Rule | null>> = {
  SOLICIT: { client: true, server: 'never' },
  REQUEST: { client: true, server: 'must' },
  CONFIRM: { client: true, server: 'never' },
  RENEW: { client: true, server: 'must' },
  REBIND: { client: true, server: 'never' },
  RELEASE: { client: true, server: 'must' },
  DECLINE: { client: true, server: 'must' },
  'INFORMATION-REQUEST': { client: false, server: 'may' },
  ADVERTISE: null,
  REPLY: null,
  RECONFIGURE: null,
  'RELAY-FORW': null,
  'RELAY-REPL': null,
}
