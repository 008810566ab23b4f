import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isServiceOf } from '../../../daemons/syslog/query/known-service.ts'
import { ownFolder } from '../../support/own-folder.ts'
import { filesIn, sealAll, storedLine, writeSegment } from '../archive/sealed-store.ts'

const of = (service: string) => ({ via: `service://${service}`, app: service })

test('isServiceOf finds a service in sealed and open segments, and no program of its name', async () => {
  using folder = ownFolder()
  writeSegment(folder.path, 1, [storedLine(1, of('sealed')), storedLine(2, { app: 'network' })])
  writeSegment(folder.path, 3, [storedLine(3, of('open'))])
  await sealAll(folder.path)
  const known = ['lanward', 'sealed', 'open', 'network', 'bogus'].filter((name) =>
    isServiceOf(folder.path, name, 'box'),
  )
  expect(known).toEqual(['lanward', 'sealed', 'open'])
})

test('isServiceOf opens no sealed segment whose manifest has not the name', async () => {
  using folder = ownFolder()
  writeSegment(folder.path, 1, [storedLine(1)])
  writeSegment(folder.path, 2, [storedLine(2)])
  await sealAll(folder.path)
  const [parquet = ''] = filesIn(folder.path).filter((name) => name.endsWith('.parquet'))
  rmSync(join(folder.path, parquet))
  writeFileSync(join(folder.path, parquet), 'what cannot be read')
  expect(isServiceOf(folder.path, 'bogus', 'box')).toBe(false)
})

test('isServiceOf reads no more than it may, the newest first', () => {
  using folder = ownFolder()
  writeSegment(folder.path, 1, [storedLine(1, of('older'))])
  writeSegment(folder.path, 2, [storedLine(2, of('newer'))])
  expect(['older', 'newer'].map((name) => isServiceOf(folder.path, name, 'box', 1))).toEqual([false, true])
})
