import { waitFor } from './wait-for.ts'

/**
 * Evaluates expressions inside of a running Node process, through its debugger: the only way to see what a daemon may do.
 *
 * @param address where its debugger listens, `ws://…`
 * @returns what each came to; an error is told by its code
 */
export async function evaluateIn(address: string, expressions: readonly string[]): Promise<readonly unknown[]> {
  const socket = new WebSocket(address)
  const answers = new Map<number, unknown>()
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data))
    if (typeof id === 'number') answers.set(id, result?.result?.value)
  })
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve())
    socket.addEventListener('error', () => reject(new Error(`no debugger on ${address}`)))
  })
  for (const [id, tried] of expressions.entries()) {
    const expression = `(() => { try { return String(${tried}) } catch (error) { return error.code } })()`
    socket.send(JSON.stringify({ id, method: 'Runtime.evaluate', params: { expression } }))
  }
  await waitFor('all answers', () => (answers.size === expressions.length ? true : undefined))
  socket.close()
  return expressions.map((_expression, id) => answers.get(id))
}
