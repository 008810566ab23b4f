/**
 * Makes text from the network fit for a terminal: control characters (C0, DEL, C1), line separators and the marks that
 * reorder or hide text come out as `\x1b`, `\u202e`. A line stays one line.
 *
 * @attack escape sequences in host names and log lines would drive the reader's terminal
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, spellOut)
}

const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not pass
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\udb40[\udc00-\udc7f]/g

function spellOut(character: string): string {
  let text = ''
  for (let index = 0; index < character.length; index++) {
    const code = character.charCodeAt(index)
    text += code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  }
  return text
}
