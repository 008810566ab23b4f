import { readdirSync, readFileSync } from 'node:fs'

const FOLDER = new URL('../../systemd/', import.meta.url)

/** Where the units expect the checkout. */
export const INSTALLED = '/usr/lib/lanward'

/** Names of all unit files of the project. */
export function unitNames(): readonly string[] {
  return readdirSync(FOLDER).filter((name) => /\.(service|socket)$/.test(name))
}

/** The text of a file in `systemd/`, as it would be with the checkout installed elsewhere. */
export function unitText(name: string, installed: string = INSTALLED): string {
  return readFileSync(new URL(name, FOLDER), 'utf8').replaceAll(INSTALLED, installed)
}

/** All values of a key in the order of the file, whatever its section. */
export function unitValues(text: string, key: string): readonly string[] {
  return text.split('\n').flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []))
}
