//! Which addresses are on the public internet.
//!
//! IPv4 is a list of what is not; IPv6 is the other way round, since only one eighth of it is in use. Addresses
//! that carry an IPv4 address inside are refused as a whole, but for the well-known NAT64 prefix: behind it
//! the public IPv4 internet is reached from networks that have IPv6 only.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

const NOT_PUBLIC_V4: [(Ipv4Addr, u32); 19] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),        // this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),       // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),    // carrier NAT, and some clouds' metadata
    (Ipv4Addr::new(127, 0, 0, 0), 8),      // loopback
    (Ipv4Addr::new(168, 63, 129, 16), 32), // Azure's host agent: public by number only
    (Ipv4Addr::new(169, 254, 0, 0), 16),   // link-local, cloud metadata
    (Ipv4Addr::new(172, 16, 0, 0), 12),    // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),     // protocol assignments
    (Ipv4Addr::new(192, 0, 2, 0), 24),     // documentation
    (Ipv4Addr::new(192, 31, 196, 0), 24),  // AS112
    (Ipv4Addr::new(192, 52, 193, 0), 24),  // AMT
    (Ipv4Addr::new(192, 88, 99, 0), 24),   // 6to4 relays
    (Ipv4Addr::new(192, 168, 0, 0), 16),   // private
    (Ipv4Addr::new(192, 175, 48, 0), 24),  // AS112
    (Ipv4Addr::new(198, 18, 0, 0), 15),    // benchmarking
    (Ipv4Addr::new(198, 51, 100, 0), 24),  // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),   // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),      // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),      // reserved, broadcast
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    let within =
        |(network, bits): &(Ipv4Addr, u32)| (address.to_bits() ^ network.to_bits()) >> (32 - bits) == 0;
    !NOT_PUBLIC_V4.iter().any(within)
}

const NAT64: Ipv6Addr = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0);
const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
const NOT_PUBLIC_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocol assignments, Teredo, benchmarking
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];

fn is_public_v6(address: Ipv6Addr) -> bool {
    let within =
        |(network, bits): &(Ipv6Addr, u32)| (address.to_bits() ^ network.to_bits()) >> (128 - bits) == 0;
    if within(&(NAT64, 96)) {
        return is_public_v4(Ipv4Addr::from_bits(address.to_bits() as u32));
    }
    within(&GLOBAL_V6) && !NOT_PUBLIC_V6.iter().any(within)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn public(text: &str) -> bool {
        is_public(text.parse().expect("an address"))
    }

    #[test]
    fn the_addresses_around_each_forbidden_network_are_public() {
        for text in [
            "1.0.0.0",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "168.63.129.15",
            "168.63.129.17",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "191.255.255.255",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "198.51.99.255",
            "198.51.101.0",
            "203.0.112.255",
            "203.0.114.0",
            "223.255.255.255",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2a00:1450:4001:81b::200e",
            "2606:4700::1111",
            "2001:db7:ffff::1",
            "2001:db9::",
            "2003::1",
            "3ffe:ffff::1",
            "64:ff9b::8.8.8.8",
        ] {
            assert!(public(text), "{text}");
        }
    }

    #[test]
    fn the_first_and_last_address_of_each_forbidden_network_is_not() {
        for (network, bits) in NOT_PUBLIC_V4 {
            let last = Ipv4Addr::from_bits(network.to_bits() | u32::MAX.checked_shr(bits).unwrap_or(0));
            assert!(
                !is_public(network.into()) && !is_public(last.into()),
                "{network}/{bits}"
            );
        }
        for (network, bits) in NOT_PUBLIC_V6 {
            let last = Ipv6Addr::from_bits(network.to_bits() | (u128::MAX >> bits));
            assert!(
                !is_public(network.into()) && !is_public(last.into()),
                "{network}/{bits}"
            );
        }
    }

    #[test]
    fn unused_and_local_ipv6_is_not_public() {
        for text in [
            "::",
            "::1",
            "::2",
            "fc00::1",
            "fdff::1",
            "fd00:ec2::254",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "ff0e::1",
            "100::1",
            "100:0:0:1::1",
            "64:ff9b:1::1",
            "5f00::1",
            "1fff::1",
            "4000::1",
            "2001:2::1",
            "2001:20::1",
        ] {
            assert!(!public(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_the_standard_library_calls_local_is_never_public(bits: u32) {
            let v4 = Ipv4Addr::from_bits(bits);
            let local = v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast()
                || v4.is_broadcast() || v4.is_documentation() || v4.is_unspecified();
            prop_assert!(!(local && is_public(v4.into())), "{v4}");
        }

        #[test]
        fn an_ipv4_address_inside_an_ipv6_address_never_opens_a_door(bits: u32) {
            let low = u128::from(bits);
            let embed = |prefix: &str| prefix.parse::<Ipv6Addr>().expect("a prefix").to_bits();
            for closed in [
                embed("::") | low,
                embed("::ffff:0:0") | low,
                embed("::ffff:0:0:0") | low,
                embed("64:ff9b:1::") | low,
                embed("2002::") | (low << 80),
                embed("2001::") | u128::from(!bits),
            ] {
                prop_assert!(!is_public(Ipv6Addr::from_bits(closed).into()));
            }
            let nat64 = Ipv6Addr::from_bits(embed("64:ff9b::") | low);
            prop_assert_eq!(is_public(nat64.into()), is_public(Ipv4Addr::from_bits(bits).into()));
        }
    }
}
