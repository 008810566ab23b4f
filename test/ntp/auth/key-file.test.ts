import { describe, expect, test } from 'vitest'
import { parseKeyFile } from '../../../daemons/ntp/auth/key-file.ts'

const HEX_16 = '00112233445566778899aabbccddeeff'

describe('a file of keys', () => {
  test('may be that of chrony or of ntpd', () => {
    const { keys, wrong } = parseKeyFile(
      [
        '# keys of the lab',
        '! and',
        '% more',
        '; remarks',
        '',
        '1 tulip',
        '2 M secret  # of the printer',
        '10 SHA1 HEX:1dc764e0791b11fa67efc7ecbc4b0d73f68a070c',
        '11 sha256 ASCII:rose',
        '12 SHA512 x#y',
        `20 AES128 HEX:${HEX_16}`,
        `21 AES-256 HEX:${HEX_16}${HEX_16}`,
        '4294967295 SHA384 last\r',
      ].join('\n'),
    )
    expect(wrong).toEqual([])
    expect(keys.map(({ id, type }) => `${id} ${type}`)).toEqual([
      '1 MD5',
      '2 MD5',
      '10 SHA1',
      '11 SHA256',
      '12 SHA512',
      '20 AES128',
      '21 AES256',
      '4294967295 SHA384',
    ])
  })

  test.each([
    ['x MD5 secret', 'does not begin with a number'],
    ['0 MD5 secret', 'does not begin with a number'],
    ['4294967296 MD5 secret', 'does not begin with a number'],
    ['1', 'is not "id type key"'],
    ['1 MD5 two words', 'is not "id type key"'],
    ['1 TIGER secret', 'its type is none of'],
    ['1 MD5 HEX:abc', 'pairs of hex digits'],
    ['1 MD5 HEX:', 'has no key'],
    ['1 AES128 short', 'a key of type AES128 has 16 octets, not 5'],
    [`1 AES256 HEX:${HEX_16}`, 'a key of type AES256 has 32 octets, not 16'],
    ['7 MD5 again', 'there is a key 7 already'],
  ])('does not take %j, and says why without telling the key', (line, why) => {
    const { keys, wrong } = parseKeyFile(`7 MD5 first\n${line}\n`)
    expect(keys.map(({ id }) => id)).toEqual([7])
    expect(wrong).toHaveLength(1)
    expect(wrong[0]).toContain(`line 2: `)
    expect(wrong[0]).toContain(why)
    expect(wrong[0]).not.toMatch(/secret|short|abc|two/)
  })
})
