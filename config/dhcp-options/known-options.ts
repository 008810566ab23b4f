/** How the value of an option is written in the file and on the wire. */
export type OptionForm =
  | 'ipv4'
  | 'ipv4-list'
  | 'ipv4-pairs'
  | 'string'
  | 'u8'
  | 'u8-list'
  | 'u16'
  | 'u16-list'
  | 'u32'
  | 'u32-list'
  | 'i32'
  | 'bool'
  | 'hex'
  | 'domains'
  | 'routes'
  | 'sip-servers'
  | 'sub-options'
  | 'vendor-options'

/** An option with a name. */
export interface KnownOption {
  readonly code: number
  readonly name: string
  readonly form: OptionForm
}

/**
 * Options by code, with the names of the IANA registry in lower case. Codes that only the server, clients or relays set
 * are listed in `taken-options.ts`.
 *
 * @rfc 2132; 2242 (63), 2485 (98), 2563 (116), 2610 (78, 79), 2937 (117), 3397 (119), 3361 (120), 3442 (121), 3925 (124, 125), 4174 (83),
 *   4280 (88, 89), 4776 (99), 4833 (100, 101), 5071 (209 to 211), 5192 (136), 5223 (137), 5417 (138), 5678 (139, 140), 5859 (150),
 *   5969 (212), 6011 (141), 6153 (142), 6731 (146), 7710 (160), 8520 (161), 8572 (143), 8910 (114), 8925 (108), 8973 (147, 148),
 *   9463 (162)
 */
const TABLE: readonly (readonly [code: number, name: string, form: OptionForm])[] = [
  [2, 'time-offset', 'i32'],
  [4, 'time-servers', 'ipv4-list'],
  [5, 'ien116-name-servers', 'ipv4-list'],
  [8, 'cookie-servers', 'ipv4-list'],
  [10, 'impress-servers', 'ipv4-list'],
  [11, 'resource-location-servers', 'ipv4-list'],
  [13, 'boot-file-size', 'u16'],
  [14, 'merit-dump-file', 'string'],
  [16, 'swap-server', 'ipv4'],
  [17, 'root-path', 'string'],
  [18, 'extensions-path', 'string'],
  [19, 'ip-forwarding', 'bool'],
  [20, 'non-local-source-routing', 'bool'],
  [21, 'policy-filter', 'ipv4-pairs'],
  [22, 'max-datagram-reassembly', 'u16'],
  [23, 'default-ip-ttl', 'u8'],
  [24, 'path-mtu-aging-timeout', 'u32'],
  [25, 'path-mtu-plateau-table', 'u16-list'],
  [26, 'interface-mtu', 'u16'],
  [27, 'all-subnets-local', 'bool'],
  [28, 'broadcast-address', 'ipv4'],
  [29, 'perform-mask-discovery', 'bool'],
  [30, 'mask-supplier', 'bool'],
  [31, 'perform-router-discovery', 'bool'],
  [32, 'router-solicitation-address', 'ipv4'],
  [33, 'static-routes', 'ipv4-pairs'],
  [34, 'trailer-encapsulation', 'bool'],
  [35, 'arp-cache-timeout', 'u32'],
  [36, 'ethernet-encapsulation', 'bool'],
  [37, 'default-tcp-ttl', 'u8'],
  [38, 'tcp-keepalive-interval', 'u32'],
  [39, 'tcp-keepalive-garbage', 'bool'],
  [40, 'nis-domain', 'string'],
  [41, 'nis-servers', 'ipv4-list'],
  [43, 'vendor-specific', 'sub-options'],
  [44, 'netbios-name-servers', 'ipv4-list'],
  [45, 'netbios-datagram-servers', 'ipv4-list'],
  [46, 'netbios-node-type', 'u8'],
  [47, 'netbios-scope', 'string'],
  [48, 'font-servers', 'ipv4-list'],
  [49, 'x-display-managers', 'ipv4-list'],
  [60, 'vendor-class', 'string'],
  [62, 'netware-ip-domain', 'string'],
  [63, 'netware-ip-options', 'sub-options'],
  [64, 'nisplus-domain', 'string'],
  [65, 'nisplus-servers', 'ipv4-list'],
  [66, 'tftp-server-name', 'string'],
  [67, 'boot-file-name', 'string'],
  [68, 'mobile-ip-home-agents', 'ipv4-list'],
  [69, 'smtp-servers', 'ipv4-list'],
  [70, 'pop3-servers', 'ipv4-list'],
  [71, 'nntp-servers', 'ipv4-list'],
  [72, 'www-servers', 'ipv4-list'],
  [73, 'finger-servers', 'ipv4-list'],
  [74, 'irc-servers', 'ipv4-list'],
  [75, 'streettalk-servers', 'ipv4-list'],
  [76, 'streettalk-directory-servers', 'ipv4-list'],
  [78, 'slp-directory-agents', 'hex'],
  [79, 'slp-service-scope', 'hex'],
  [83, 'isns', 'hex'],
  [85, 'nds-servers', 'ipv4-list'],
  [86, 'nds-tree-name', 'string'],
  [87, 'nds-context', 'string'],
  [88, 'bcmcs-domains', 'domains'],
  [89, 'bcmcs-addresses', 'ipv4-list'],
  [95, 'ldap-url', 'string'],
  [98, 'user-authentication', 'string'],
  [99, 'civic-location', 'hex'],
  [100, 'posix-timezone', 'string'],
  [101, 'tzdb-timezone', 'string'],
  [108, 'ipv6-only-preferred', 'u32'],
  [112, 'netinfo-addresses', 'ipv4-list'],
  [113, 'netinfo-tag', 'string'],
  [114, 'captive-portal', 'string'],
  [116, 'auto-configure', 'u8'],
  [117, 'name-service-search', 'u16-list'],
  [119, 'domain-search', 'domains'],
  [120, 'sip-servers', 'sip-servers'],
  [121, 'classless-static-routes', 'routes'],
  [122, 'cablelabs-client', 'sub-options'],
  [123, 'geographic-location', 'hex'],
  [124, 'vendor-identifying-class', 'hex'],
  [125, 'vendor-identifying-options', 'vendor-options'],
  [136, 'pana-agents', 'ipv4-list'],
  [137, 'lost-server', 'domains'],
  [138, 'capwap-controllers', 'ipv4-list'],
  [139, 'mobility-addresses', 'hex'],
  [140, 'mobility-domains', 'hex'],
  [141, 'sip-ua-domains', 'domains'],
  [142, 'andsf-servers', 'ipv4-list'],
  [143, 'sztp-redirect', 'hex'],
  [146, 'rdnss-selection', 'hex'],
  [147, 'dots-agent', 'domains'],
  [148, 'dots-addresses', 'ipv4-list'],
  [150, 'tftp-server-addresses', 'ipv4-list'],
  [160, 'captive-portal-old', 'string'],
  [161, 'mud-url', 'string'],
  [162, 'encrypted-dns', 'hex'],
  [175, 'ipxe-options', 'sub-options'],
  [176, 'avaya-phone', 'string'],
  [208, 'pxelinux-magic', 'hex'],
  [209, 'pxelinux-config-file', 'string'],
  [210, 'pxelinux-path-prefix', 'string'],
  [211, 'pxelinux-reboot-time', 'u32'],
  [212, '6rd', 'hex'],
  [213, 'access-domain', 'domains'],
  [242, 'avaya-settings', 'string'],
  [249, 'microsoft-classless-static-routes', 'routes'],
  [252, 'proxy-autodiscovery', 'string'],
]

/** By code. */
export const KNOWN_OPTIONS: ReadonlyMap<number, KnownOption> = new Map(
  TABLE.map(([code, name, form]) => [code, { code, name, form }]),
)

/** By name. */
export const NAMED_OPTIONS: ReadonlyMap<string, KnownOption> = new Map(
  [...KNOWN_OPTIONS.values()].map((option) => [option.name, option]),
)
