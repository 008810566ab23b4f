import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { readLeapTable } from '../../../daemons/ntp/leap/leap-table.ts'

const ROWS = '3644697600 36 # 1 Jul 2015\n3692217600\t37\t# 1 Jan 2017\n'
const FILE = `# A table\n#$ 3676924800\n#@ 4291747200\n${ROWS}`
const DIGITS = `36769248004291747200${'364469760036'}${'369221760037'}`

function hashed(digits: string): string {
  const words = createHash('sha1').update(digits).digest('hex').match(/.{8}/g) ?? []
  return `${FILE}#h ${words.map((word) => word.replace(/^0+/, '')).join(' ')}\n`
}

describe('readLeapTable', () => {
  const want = {
    expiresUnix: Date.parse('2036-01-01T00:00:00Z') / 1000,
    leaps: [{ atUnix: Date.parse('2017-01-01T00:00:00Z') / 1000, by: -1 }],
  }

  test('reads the leap seconds and until when the file holds', () => {
    expect(readLeapTable(FILE)).toEqual(want)
  })

  test('holds the file against its hash', () => {
    expect(readLeapTable(hashed(DIGITS))).toEqual(want)
    expect(readLeapTable(hashed(`${DIGITS}1`))).toBe('its hash (#h) is not that of its lines')
  })

  test('reads a second that is left out', () => {
    expect(readLeapTable(`#@ 4291747200\n3644697600 36\n3692217600 35\n`)).toMatchObject({ leaps: [{ by: 1 }] })
  })

  test.each([
    ['', 'it does not say until when it holds (#@)'],
    ['#@ 4291747200\n', 'it has no leap seconds'],
    [`${FILE}<html>\n`, 'it has a line that is no leap second: "<html>"'],
    [`${FILE}3692217600 38\n`, 'its leap seconds do not follow each other'],
    [`${FILE}3723753600 39\n`, 'its leap seconds do not follow each other'],
    [`${FILE}3723753601 38\n`, 'it has a leap second that is not at the end of a day'],
  ])('refuses %j', (text, why) => {
    expect(readLeapTable(text)).toBe(why)
  })
})
