import type { DatabaseSync } from 'node:sqlite'

/**
 * Makes what runs a piece of work so that all or nothing of it is written.
 *
 * @returns throws what the work throws, or the commit; then nothing was written
 */
export function makeTransaction(database: DatabaseSync): (work: () => void) => void {
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  return (work) => {
    begin.run()
    try {
      work()
      commit.run()
    } catch (error) {
      // A full disk may have ended the transaction already.
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }
}
