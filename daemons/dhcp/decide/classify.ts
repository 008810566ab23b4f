import { hasMacPrefix, isLocallyAdministered } from '../message/mac-address.ts'
import type { Message } from '../message/message.ts'
import { hexMatcher, textMatcher } from '../message/text-pattern.ts'
import type { DhcpClass } from '../section.ts'
import { clientArchitectures, userClassesOf, vendorClassOf } from './client-boot.ts'

/** What classes look at. */
export interface Traits {
  readonly message: Message
  /** Hardware address as aa:bb:…, empty when there is none. */
  readonly mac: string
  /** In hex, as the relay told at this message or at the one that the lease came from. */
  readonly circuitId: string | null
  readonly remoteId: string | null
}

type Test = (traits: Traits) => boolean

/** A class made ready for tests. */
export interface ClassPlan {
  readonly section: DhcpClass
  readonly fits: Test
}

/** Compiles a class: its tests are made once, and only those that it names. */
export function planClass(section: DhcpClass): ClassPlan {
  const { macs, randomMac, vendorClasses, userClasses, circuitIds, remoteIds } = section
  const architectures = new Set(section.architectures)
  const vendorClass = textMatcher(vendorClasses)
  const userClass = textMatcher(userClasses)
  const circuit = hexMatcher(circuitIds)
  const remote = hexMatcher(remoteIds)
  const candidates: readonly (readonly [named: boolean, test: Test])[] = [
    [macs.length > 0, ({ mac }) => macs.some((prefix) => hasMacPrefix(mac, prefix))],
    [randomMac !== null, ({ mac }) => mac !== '' && isLocallyAdministered(mac) === randomMac],
    [architectures.size > 0, ({ message }) => clientArchitectures(message).some((one) => architectures.has(one))],
    [vendorClasses.length > 0, ({ message }) => isSaid(vendorClassOf(message), vendorClass)],
    [userClasses.length > 0, ({ message }) => userClassesOf(message).some(userClass)],
    [circuitIds.length > 0, ({ circuitId }) => circuitId !== null && circuit(circuitId)],
    [remoteIds.length > 0, ({ remoteId }) => remoteId !== null && remote(remoteId)],
  ]
  const tests = candidates.flatMap(([named, test]) => (named ? [test] : []))
  return { section, fits: (traits) => tests.length > 0 && tests.every((test) => test(traits)) }
}

/** In no class. */
export const NO_CLASSES: readonly number[] = []

/** The classes of a client by their place in the list, in order. */
export function classify(classes: readonly ClassPlan[], traits: Traits): readonly number[] {
  if (classes.length === 0) return NO_CLASSES
  return classes.flatMap(({ fits }, index) => (fits(traits) ? [index] : []))
}

function isSaid(text: string, test: (text: string) => boolean): boolean {
  return text !== '' && test(text)
}
