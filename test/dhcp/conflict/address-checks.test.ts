import { describe, expect, test } from 'vitest'
import { AddressChecks, BELIEVED_MS } from '../../../daemons/dhcp/conflict/address-checks.ts'

const MAC = '52:54:00:00:00:01'

describe('AddressChecks', () => {
  test('asks twice, and believes silence for a time', () => {
    const checks = new AddressChecks(300)
    expect(checks.look(7, 1000)).toEqual({ kind: 'unknown' })
    expect(checks.nextMs()).toBeNull()
    expect(checks.ask(7, 1000)).toBe(true)
    expect(checks.look(7, 1000)).toEqual({ kind: 'asking' })
    expect(checks.nextMs()).toBe(1150)
    expect(checks.pass(1149)).toEqual({ again: [], over: [] })
    expect(checks.pass(1150)).toEqual({ again: [7], over: [] })
    expect(checks.nextMs()).toBe(1300)
    expect(checks.pass(1299)).toEqual({ again: [], over: [] })
    expect(checks.pass(1300)).toEqual({ again: [], over: [7] })
    expect(checks.look(7, 1300)).toEqual({ kind: 'clear' })
    expect(checks.look(7, 1300 + BELIEVED_MS - 1)).toEqual({ kind: 'clear' })
    expect(checks.look(7, 1300 + BELIEVED_MS)).toEqual({ kind: 'unknown' })
  })

  test('believes an answer at once, and only one to a question', () => {
    const checks = new AddressChecks(300)
    expect(checks.heard(7, MAC, 1000)).toBe('unasked')
    expect(checks.look(7, 1000)).toEqual({ kind: 'unknown' })
    checks.ask(7, 1000)
    expect(checks.heard(7, MAC, 1100)).toBe('answer')
    expect(checks.look(7, 1100)).toEqual({ kind: 'taken', by: MAC })
    expect(checks.nextMs()).toBeNull()
    expect(checks.look(7, 1100 + BELIEVED_MS)).toEqual({ kind: 'unknown' })
  })

  test('has an address asked about anew that is heard of after it was found free', () => {
    const checks = new AddressChecks(300)
    checks.ask(7, 1000)
    checks.pass(1300)
    expect(checks.heard(7, MAC, 1400)).toBe('unasked')
    expect(checks.look(7, 1400)).toEqual({ kind: 'unknown' })
  })

  test('no longer believes one who answers for address after address', () => {
    const checks = new AddressChecks(300)
    const heard = Array.from({ length: 20 }, (_, address) => {
      checks.ask(address, 1000)
      return checks.heard(address, MAC, 1000)
    })
    expect(heard).toEqual([...Array(16).fill('answer'), ...Array(4).fill('disbelieved')])
    checks.pass(1300)
    expect(checks.look(19, 1300)).toEqual({ kind: 'clear' })
    expect(checks.heard(19, 'other', 1300)).toBe('unasked')
  })

  test('asks about no more than 1,024 at once and some 2,000 in a second', () => {
    const checks = new AddressChecks(300)
    const ask = (first: number, nowMs: number): number =>
      Array.from({ length: 3000 }, (_, at) => checks.ask(first + at, nowMs)).filter((one) => one).length
    expect(ask(0, 1000)).toBe(1024)
    expect(ask(3000, 1250)).toBe(512)
    checks.pass(1300)
    expect(ask(6000, 1500)).toBe(512)
  })
})
