//! Which addresses a webhook may be at.
//!
//! Comes in: a URL, and what its name stands for when it is looked up. Goes out: the addresses that may be called.
//! Never: the metadata service of a cloud (link-local, and AWS's own in IPv6), or this machine: whoever may write an
//! integration must not reach the function's own credentials with it. Private networks are reachable: that is where
//! many webhooks are.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// AWS's metadata services over IPv6 are in here (fd00:ec2::/32).
const METADATA: [u16; 2] = [0xfd00, 0x0ec2];

/// Looks names up, and gives only addresses that may be called: what was looked up is what is called, so a name cannot
/// change its mind in between.
pub(super) struct Guarded {
    pub(super) loopback: bool,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let loopback = self.loopback;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| may_be_called(address.ip(), loopback)).collect();
            if allowed.is_empty() {
                return Err("the name stands for no address that a webhook may be at".into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// An address written in the URL itself is never looked up.
pub(super) fn literal(url: &Url, loopback: bool) -> Result<(), String> {
    match ip(url) {
        Some(address) if !may_be_called(address, loopback) => {
            Err("the integration's url is at an address that a webhook may not be at".to_owned())
        }
        _ => Ok(()),
    }
}

/// Whether the URL is at this machine by its own words.
pub(super) fn is_loopback(url: &Url) -> bool {
    url.host_str() == Some("localhost") || ip(url).is_some_and(|address| address.is_loopback())
}

fn ip(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_matches(['[', ']']).parse().ok()
}

fn may_be_called(address: IpAddr, loopback: bool) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => v4(address, loopback),
        IpAddr::V6(address) => v6(address, loopback),
    }
}

fn v4(address: Ipv4Addr, loopback: bool) -> bool {
    if address.is_loopback() {
        return loopback;
    }
    let [first, ..] = address.octets();
    // From 240.0.0.0 on nothing is assigned; the broadcast address is the last of it.
    !(address.is_link_local() || address.is_multicast() || first >= 240 || first == 0)
}

fn v6(address: Ipv6Addr, loopback: bool) -> bool {
    if address.is_loopback() {
        return loopback;
    }
    let parts = address.segments();
    // Addresses that stand for one of IPv4: NAT64, 6to4, ISATAP, Teredo (which turns its bits over), and the old form
    // of plain zeros.
    let inside = match parts {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(embedded(high, low)),
        [.., 0 | 0x200, 0x5efe, high, low] | [0, 0, 0, 0, 0, 0, high, low] => Some(embedded(high, low)),
        [0x2001, 0, .., high, low] => Some(embedded(!high, !low)),
        _ => None,
    };
    // NAT64 with a prefix of its own: where the four bytes stand depends on a length that is not in the address.
    let private_nat = parts[..3] == [0x64, 0xff9b, 1];
    let metadata = parts[..2] == METADATA;
    let refused = address.is_unspecified() || address.is_multicast() || address.is_unicast_link_local() || metadata;
    let refused = refused || private_nat;
    !refused && inside.is_none_or(|address| v4(address, false))
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_services_and_this_machine_are_out_of_reach_in_every_spelling() {
        for address in [
            "169.254.169.254",
            "169.254.170.2",
            "127.0.0.1",
            "127.1.2.3",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "::1",
            "::",
            "::ffff:169.254.169.254",
            "::ffff:127.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::",
            "240.0.0.1",
            "::169.254.169.254",
            "::127.0.0.1",
            "64:ff9b:1::a9fe:a9fe",
            "2001:0:1:2:3:4:5601:5601",
            "fd12::5efe:a9fe:a9fe",
            "fd12::200:5efe:a9fe:a9fe",
            "fe80::1",
            "fd00:ec2::254",
            "ff02::1",
        ] {
            assert!(!may_be_called(address.parse().unwrap(), false), "{address}");
        }
        for address in
            ["10.0.0.1", "192.168.1.1", "93.184.216.34", "2606:2800:220:1::1", "fd12::1", "64:ff9b::5db8:d822"]
        {
            assert!(may_be_called(address.parse().unwrap(), false), "{address}");
        }
        assert!(may_be_called("127.0.0.1".parse().unwrap(), true));
        assert!(!may_be_called("169.254.169.254".parse().unwrap(), true));
    }

    #[test]
    fn an_address_in_the_url_is_read_as_the_browser_would() {
        for url in
            ["https://2852039166/", "https://0xa9fea9fe/", "https://169.254.43518/", "https://[::ffff:a9fe:a9fe]/"]
        {
            assert!(literal(&Url::parse(url).unwrap(), false).is_err(), "{url}");
        }
        assert!(literal(&Url::parse("https://example.com/").unwrap(), false).is_ok());
    }

    #[tokio::test]
    async fn a_name_of_this_machine_stands_for_nothing() {
        let resolved = Guarded { loopback: false }.resolve("localhost".parse().unwrap()).await;
        assert!(resolved.is_err());
        assert!(Guarded { loopback: true }.resolve("localhost".parse().unwrap()).await.is_ok());
    }
}
