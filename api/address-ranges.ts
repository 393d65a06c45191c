import { BlockList, isIP } from 'node:net';

/** True for an IP address or a CIDR range such as `10.0.0.0/8`. */
export function isAddressRange(text: string): boolean {
  return rangeOf(text) !== null;
}

/** Whether an address is in one of the ranges; those that are no ranges hold nothing. */
export function addressRanges(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const text of ranges) {
    const range = rangeOf(text);
    if (range !== null) list.addSubnet(range.address, range.prefix, familyOf(range.address));
  }
  // Node itself knows IPv4 addresses that are written as IPv6 (::ffff:10.0.0.1).
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address));
}

function rangeOf(text: string): { readonly address: string; readonly prefix: number } | null {
  const [address = '', prefix, ...rest] = text.split('/');
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  if (bits === 0 || rest.length > 0) return null;
  if (prefix === undefined) return { address, prefix: bits };
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits ? { address, prefix: Number(prefix) } : null;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
