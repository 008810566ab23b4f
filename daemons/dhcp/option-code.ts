/**
 * The option codes that the server reads or writes by itself, under their RFC names.
 *
 * @rfc 2132 sections 3 to 9; 4702 (81), 3046 (82), 3011 (118), 3396 (long options)
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
  clientIdentifier: 61,
  clientFqdn: 81,
  relayAgentInformation: 82,
  subnetSelection: 118,
  classlessRoutes: 121,
  /** Site-specific: carries the token of the supervisor's own health probe. */
  probeToken: 224,
  end: 255,
} as const
