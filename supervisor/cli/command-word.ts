/** The command in a command line: its first word that is no option, nor the value of one. */
export function commandWord(argv: readonly string[]): string | undefined {
  return argv.find((word, index) => !word.startsWith('-') && argv[index - 1] !== '--config')
}
