import { FACILITIES, SEVERITIES } from '../parse/pri.ts'
import { SUPERVISOR_SD } from '../parse/service-line.ts'
import type { StoredMessage } from './stored-message.ts'
import type { TextTest } from './text-test.ts'

/** A question to the word that one field has. */
export type WordTest = (word: string) => boolean

/** Fields whose words are few, so that a sealed segment can answer for all its messages at once. */
export type TestedField = 'facility' | 'severity' | 'app' | 'via'

/** Which messages are wanted, apart from the time. */
export interface MessageTests {
  readonly fields: Readonly<Partial<Record<TestedField, WordTest>>>
  /** Lower case; a host's name or a sender's address. */
  readonly host: string | null
  /** A service of ours that said it, or of which the supervisor said it. */
  readonly service: string | null
  readonly text: TextTest | null
  /** This machine's name, which local messages without a host stand for. */
  readonly here: string
}

/** Whether a message passes. */
export function passesTests(message: StoredMessage, tests: MessageTests): boolean {
  const { fields, host, service, text, here } = tests
  return (
    (fields.severity === undefined || fields.severity(message.severity)) &&
    (fields.facility === undefined || fields.facility(message.facility)) &&
    (fields.via === undefined || fields.via(message.via)) &&
    (host === null || isFrom(message, host, here)) &&
    (fields.app === undefined || (message.app !== null && fields.app(message.app))) &&
    (service === null || isAbout(message, service)) &&
    (text === null || text.matches(message.msg))
  )
}

/** Whether the host's name, or the sender's address, is the one asked for. */
export function isFrom(message: Pick<StoredMessage, 'host' | 'src'>, host: string, here: string): boolean {
  return hostOf(message, here).toLowerCase() === host || senderAddress(message.src) === host
}

/** The host that a message names; of a local one that names none this machine, of any other the sender's address. */
export function hostOf(message: Pick<StoredMessage, 'host' | 'src'>, here: string): string {
  return message.host ?? (message.src === 'unix' ? here : senderAddress(message.src))
}

/** The address in `ip:port` or `[ip6]:port`; `unix` stays. */
export function senderAddress(src: string): string {
  const colon = src.lastIndexOf(':')
  return (colon < 0 ? src : src.slice(0, colon)).replace(/^\[|\]$/g, '')
}

/** Whether a listener's word may be one under which a service is heard of. */
export function viaTest(service: string): WordTest {
  return (via) => via === `service://${service}` || via === 'service://lanward'
}

function isAbout({ via, sd }: StoredMessage, service: string): boolean {
  return via === `service://${service}` || (via === 'service://lanward' && sd?.[SUPERVISOR_SD]?.['daemon'] === service)
}

/** That severity or a worse one; what is no severity counts as the least. */
export function severityTest(worst: number): WordTest {
  return (word) => {
    const rank = SEVERITIES.indexOf(word)
    return (rank < 0 ? 7 : rank) <= worst
  }
}

/** That facility alone. */
export function facilityTest(kind: number): WordTest {
  return (word) => word === FACILITIES[kind]
}
