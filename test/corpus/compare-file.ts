import { compareFraming, type FramingCase } from './compare-framing.ts'
import { compareMessages, type MessageCase } from './compare-messages.ts'
import { compareTimes, type TimeCase } from './compare-times.ts'
import type { Comparison } from './difference.ts'

/** Compares all cases of a file with ours: messages, and those of other kinds by their `kind`. */
export function compareFile(cases: readonly Record<string, unknown>[]): ReadonlyMap<string, Comparison> {
  const ofKind = <Case>(kind: string | undefined): Case[] => cases.filter((one) => one['kind'] === kind) as Case[]
  const compared: readonly (readonly [string, Comparison])[] = [
    ['messages', compareMessages(ofKind<MessageCase>(undefined))],
    ['framing', compareFraming(ofKind<FramingCase>('framing'))],
    ['times', compareTimes(ofKind<TimeCase>('timestamp'))],
  ]
  return new Map(compared.filter(([, { total }]) => total > 0))
}
