/**
 * Client architectures by the name that `boot_files` and classes give them.
 *
 * @rfc 4578 section 2.1; IANA registry of processor architecture types
 */
export const ARCHITECTURES: Readonly<Record<string, number>> = {
  bios: 0,
  'uefi-ia32': 6,
  'uefi-x64': 7,
  'uefi-ebc': 9,
  'uefi-arm32': 10,
  'uefi-arm64': 11,
  'http-ia32': 15,
  'http-x64': 16,
  'http-ebc': 17,
  'http-arm32': 18,
  'http-arm64': 19,
  'http-bios': 20,
  'uboot-arm32': 21,
  'uboot-arm64': 22,
  'uefi-riscv32': 25,
  'http-riscv32': 26,
  'uefi-riscv64': 27,
  'http-riscv64': 28,
  'uefi-loongarch64': 39,
  'http-loongarch64': 40,
}
