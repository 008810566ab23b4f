import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeFd, openUnixListener } from '../../daemons/linux/open-socket.ts'
import { ControlError } from '../../supervisor/control/control-error.ts'
import { ControlServer, readRequest, respond } from '../../supervisor/control/control-server.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-control-'))
  path = join(folder, 'control.sock')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Sends bytes and resolves with all lines that come until the other side closes or `count` lines are there. */
function talk(text: string, count: number): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const socket = connect(path)
    let got = ''
    const finish = (): void => resolve(got.split('\n').filter((line) => line !== ''))
    socket.on('data', (bytes) => {
      got += bytes.toString()
      if (got.split('\n').length > count) socket.destroy()
    })
    socket.on('error', () => undefined)
    socket.on('close', finish)
    socket.write(text)
  })
}

describe('ControlServer', () => {
  test('answers each line with its id, out of turn when one is slow', async () => {
    const gate = Promise.withResolvers<void>()
    const server = await ControlServer.open(path, async (method, params) => {
      if (method === 'stop') await gate.promise
      else gate.resolve()
      return { method, ...params }
    })
    const lines = await talk('{"id":1,"method":"stop","params":{"service":"a"}}\n{"id":2,"method":"status"}\n', 2)
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { id: 2, result: { method: 'status' } },
      { id: 1, result: { method: 'stop', service: 'a' } },
    ])
    await server.close()
  })

  test('is for its owner alone and replaces what a dead supervisor left', async () => {
    closeFd(openUnixListener(path, 0o600))
    const server = await ControlServer.open(path, async () => null)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(await talk('{"id":1,"method":"status"}\n', 1)).toEqual(['{"id":1,"result":null}'])
    await server.close()
  })

  test('hangs up on a line without end, and serves the others', async () => {
    const server = await ControlServer.open(path, async () => 'fine')
    expect(await talk('x'.repeat(200_000), 1)).toEqual([])
    expect(await talk('{"id":1,"method":"status"}\n', 1)).toEqual(['{"id":1,"result":"fine"}'])
    await server.close()
  })

  test('is not disturbed by clients that come and say nothing', async () => {
    const server = await ControlServer.open(path, async () => 'fine')
    const silent = Array.from({ length: 20 }, () => connect(path))
    expect(await talk('{"id":1,"method":"status"}\n', 1)).toHaveLength(1)
    for (const socket of silent) socket.destroy()
    await server.close()
  })
})

describe('respond', () => {
  test.each([
    ['no JSON', 'hello', { id: 0, error: { exitCode: 64, message: 'a request must be one JSON object on one line' } }],
    ['a refusal', '{"id":7,"method":"why"}', { id: 7, error: { exitCode: 64, message: 'which service?' } }],
    ['a bug', '{"id":8,"method":"stop"}', { id: 8, error: { exitCode: 70, message: 'oh' } }],
    ['a result', '{"id":9,"method":"status"}', { id: 9, result: 1 }],
  ])('%s', async (_title, line, want) => {
    const answer = async (method: string): Promise<unknown> => {
      if (method === 'why') throw new ControlError(64, 'which service?')
      if (method === 'stop') throw new Error('oh')
      return 1
    }
    expect(await respond(line, answer)).toEqual(want)
  })
})

describe('readRequest', () => {
  test.each([
    ['[]', 'a request must be a JSON object'],
    ['{"method":"status"}', 'a request needs a number as id'],
    ['{"id":1,"method":"format"}', 'there is no method "format"'],
    ['{"id":1,"method":"toString"}', 'there is no method "toString"'],
    ['{"id":1,"method":"status","params":[]}', 'params must be an object'],
    ['{"id":1,"method":"stop","params":{"service":1}}', 'params.service must be a text'],
  ])('%s: %s', (line, want) => {
    expect(readRequest(line)).toBe(want)
  })
})
