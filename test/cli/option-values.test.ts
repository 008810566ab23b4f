import { expect, test } from 'vitest'
import { classlessRoutes, domainNames } from '../../supervisor/cli/leases/option-values.ts'

const octets = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex')

test.each([
  ['036c6162 076578616d706c65 00 c004', ['lab.example', 'example']],
  ['0161 00 0162 c000', ['a', 'b.a']],
  ['', []],
  ['0361', null],
  ['c000', null],
  ['0161 c000', null],
  ['0161', null],
])('domain names of %s', (hex, want) => expect(domainNames(octets(hex))).toEqual(want))

test.each([
  ['00 c0a83201 08 0a c0a83202', ['default via 192.168.50.1', '10.0.0.0/8 via 192.168.50.2']],
  ['20 c0a83207 00000000', ['192.168.50.7/32 via 0.0.0.0']],
  ['', []],
  ['21 c0a83207 00000000', null],
  ['18 c0a832 c0a832', null],
])('classless routes of %s', (hex, want) => expect(classlessRoutes(octets(hex))).toEqual(want))
