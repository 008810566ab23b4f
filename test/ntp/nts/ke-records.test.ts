import { describe, expect, test } from 'vitest'
import { readKeyAnswer } from '../../../daemons/ntp/nts/exchange-keys.ts'
import {
  decodeRecords,
  encodeRecords,
  type KeRecord,
  numbersRecord,
  RECORD,
} from '../../../daemons/ntp/nts/ke-records.ts'
import { answerKeyRequest, type TimeAddress } from '../../../daemons/ntp/nts/ke-request.ts'

const MINIMAL = '80010002000080040002000f80000000'
const HERE: TimeAddress = { server: null, port: null }

function decode(hex: string): readonly KeRecord[] {
  const message = decodeRecords(Buffer.from(hex, 'hex'))
  if (message === null) throw new Error('does not end')
  return message.records
}

function answer(hex: string, told = HERE) {
  return answerKeyRequest(decode(hex), told, () => new Uint8Array(100))
}

/** The records of an answer as hex, cookies left out. */
function hexOf({ records }: ReturnType<typeof answer>): string {
  return Buffer.from(encodeRecords(records.filter(({ type }) => type !== RECORD.cookie))).toString('hex')
}

describe('records of the key establishment', () => {
  test('end with the record that says so, and not before', () => {
    const bytes = Buffer.from(MINIMAL, 'hex')
    for (let length = 0; length < bytes.length; length++) expect(decodeRecords(bytes.subarray(0, length))).toBeNull()
    expect(decodeRecords(bytes)).toMatchObject({ records: { length: 2 }, after: false })
    expect(decodeRecords(Buffer.concat([bytes, bytes]))?.after).toBe(true)
    expect(Buffer.from(encodeRecords(decode(MINIMAL))).toString('hex')).toBe(MINIMAL)
  })

  test.each([
    ['the shortest request', MINIMAL, 'established', MINIMAL],
    ['one that knows more', '800100040001000080040004000f001180000000', 'established', MINIMAL],
    ['one with a record that it can do without', `7fff0001aa${MINIMAL}`, 'established', MINIMAL],
    ['one that would like a server and a port', `0006000361626300070002007b${MINIMAL}`, 'established', MINIMAL],
    ['another protocol', '80010002000180040002000f80000000', 'nothing_in_common', '8001000080000000'],
    ['another algorithm', '800100020000800400020010 80000000', 'nothing_in_common', '8001000200008004000080000000'],
    ['a record that it cannot do without', `ffff0001aa${MINIMAL}`, 'bad_request', '800200020000 80000000'],
    ['no protocol', '80040002000f80000000', 'bad_request', '800200020001 80000000'],
    ['no algorithm', '80010002000080000000', 'bad_request', '800200020001 80000000'],
    ['two protocol records', `800100020000${MINIMAL}`, 'bad_request', '800200020001 80000000'],
    ['an odd list', '80010003000000 80040002000f80000000', 'bad_request', '800200020001 80000000'],
    ['an empty list', '80010000 80040002000f80000000', 'bad_request', '800200020001 80000000'],
    ['a cookie from a client', `000500020000${MINIMAL}`, 'bad_request', '800200020001 80000000'],
    ['an error from a client', `800200020000${MINIMAL}`, 'bad_request', '800200020001 80000000'],
    ['nothing', '80000000', 'bad_request', '800200020001 80000000'],
  ])('%s', (_, request, outcome, want) => {
    const given = answer(request.replaceAll(' ', ''))
    expect(given.outcome).toBe(outcome)
    expect(hexOf(given)).toBe(want.replaceAll(' ', ''))
    expect(given.records.filter(({ type }) => type === RECORD.cookie)).toHaveLength(outcome === 'established' ? 8 : 0)
  })

  test('tell of another server and port where there is one', () => {
    const { records } = answer(MINIMAL, { server: 'time.example', port: 1123 })
    expect(readKeyAnswer(records)).toMatchObject({ server: 'time.example', port: 1123, cookies: { length: 8 } })
  })
})

describe('the answer to our own request', () => {
  const good = answer(MINIMAL).records
  const without = (type: number): KeRecord[] => good.filter((record) => record.type !== type)
  const cookie = (length: number): KeRecord => ({ critical: false, type: RECORD.cookie, body: new Uint8Array(length) })

  test('names no port unless it is another than 123', () => {
    expect(readKeyAnswer(good)).toMatchObject({ server: null, port: null })
  })

  test.each<[string, KeRecord[], string]>([
    ['an error', [numbersRecord(RECORD.error, true, 2)], 'it answers with error 2'],
    ['a warning', [...good, numbersRecord(RECORD.warning, true, 1)], 'warning'],
    ['a record that we cannot do without', [...good, { critical: true, type: 999, body: new Uint8Array(0) }], '999'],
    ['no protocol', without(RECORD.nextProtocol), 'it has no NTPv4'],
    [
      'an empty protocol',
      [...without(RECORD.nextProtocol), numbersRecord(RECORD.nextProtocol, true)],
      'it has no NTPv4',
    ],
    ['another algorithm', [...without(RECORD.aead), numbersRecord(RECORD.aead, true, 30)], 'AES-SIV'],
    ['no cookies', without(RECORD.cookie), 'it gave no cookies'],
    ['an empty cookie', [...without(RECORD.cookie), cookie(0)], 'it gave no cookies'],
    ['a cookie that is too long', [...without(RECORD.cookie), cookie(60_000)], 'it gave no cookies'],
    ['a server that is none', [...good, { critical: true, type: RECORD.server, body: Buffer.from('a b') }], 'a server'],
  ])('is refused with %s', (_, records, why) => {
    expect(() => readKeyAnswer(records)).toThrow(why)
  })

  test('gives no more than eight cookies', () => {
    expect(readKeyAnswer([...good, ...Array.from({ length: 50 }, () => cookie(100))]).cookies).toHaveLength(8)
  })
})
