/**
 * The option codes that the server reads or writes by itself, under their RFC names.
 *
 * @rfc 2132 sections 3 to 9; 3004 (77), 4039 (80), 4702 (81), 3046 (82), 4578 (93), 8925 (108), 3011 (118), 3442 (121), 3396 (long options)
 */
export const OPTION = {
  pad: 0,
  subnetMask: 1,
  routers: 3,
  domainNameServers: 6,
  logServers: 7,
  lprServers: 9,
  hostName: 12,
  domainName: 15,
  broadcastAddress: 28,
  staticRoutes: 33,
  ntpServers: 42,
  requestedIpAddress: 50,
  leaseTime: 51,
  optionOverload: 52,
  messageType: 53,
  serverIdentifier: 54,
  parameterRequestList: 55,
  message: 56,
  maximumMessageSize: 57,
  renewalTime: 58,
  rebindingTime: 59,
  vendorClass: 60,
  clientIdentifier: 61,
  tftpServerName: 66,
  bootFileName: 67,
  userClass: 77,
  rapidCommit: 80,
  clientFqdn: 81,
  relayAgentInformation: 82,
  clientArchitecture: 93,
  ipv6OnlyPreferred: 108,
  subnetSelection: 118,
  classlessRoutes: 121,
  ipxe: 175,
  /** Site-specific: carries the token of the supervisor's own health probe. */
  probeToken: 224,
  end: 255,
} as const
