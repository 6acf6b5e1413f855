//! Who the client is: the one place that reads proxy headers.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use http::HeaderMap;

/// How many proxies one behind the other are looked past.
const HOPS_MAX: usize = 16;

/// The networks whose word about `X-Forwarded-For` counts.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// Reads networks such as `10.0.0.0/8`, `::1` or `192.0.2.7`.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidNetwork> {
        texts.into_iter().map(str::parse).collect::<Result<_, _>>().map(Self)
    }

    /// Whether this address lies in one of them.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(address))
    }
}

/// A text that names no network.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0:?} is no network; write 10.0.0.0/8 or ::1")]
pub struct InvalidNetwork(String);

/// An address and how many of its leading bits count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Network {
    address: IpAddr,
    // Invariant: at most 32 for IPv4, 128 for IPv6.
    bits: u8,
}

impl Network {
    fn contains(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let differing = network.to_bits() ^ address.to_bits();
                differing.leading_zeros() >= u32::from(self.bits)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let differing = network.to_bits() ^ address.to_bits();
                differing.leading_zeros() >= u32::from(self.bits)
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidNetwork(text.to_owned());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| invalid())?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.parse().ok().filter(|bits| *bits <= all).ok_or_else(invalid)?,
            None => all,
        };
        Ok(Self { address, bits })
    }
}

/// The address of the client: the peer itself, or, as far as the peer is a trusted proxy, whoever
/// it says it speaks for.
///
/// `X-Forwarded-For` is walked from the right, past trusted proxies; what stands left of the first
/// address that isn't trusted was written by that client and counts for nothing.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> IpAddr {
    let mut client = peer.to_canonical();
    let lines: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
    let hops = lines.iter().rev().flat_map(|line| line.to_str().unwrap_or("").rsplit(','));
    for hop in hops.take(HOPS_MAX) {
        if !trusted.trusts(client) {
            break;
        }
        let Some(address) = parse_hop(hop.trim()) else { break };
        client = address.to_canonical();
    }
    client
}

/// Proxies write addresses bare, or with a port, or IPv6 in brackets.
fn parse_hop(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    if let Ok(address) = text.parse::<std::net::SocketAddr>() {
        return Some(address.ip());
    }
    let bare = text.strip_prefix('[')?.strip_suffix(']')?;
    bare.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

/// What counts as one client: an IPv4 address, or the 64 leading bits of an IPv6 address, which
/// is what one household is given.
pub(crate) fn client_network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let trusted = TrustedProxies::parse(["10.0.0.0/8", "::1", "2001:db8:1::/48"]).unwrap();
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn who_is_not_a_trusted_proxy_speaks_for_nobody_else() {
        for lines in [&["203.0.113.9"][..], &["10.0.0.1"], &["10.0.0.1, 203.0.113.9"], &[""]] {
            assert_eq!(client("198.51.100.1", lines), "198.51.100.1");
        }
    }

    #[test]
    fn the_first_untrusted_address_from_the_right_is_the_client() {
        assert_eq!(client("10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(client("10.0.0.1", &["1.1.1.1, 203.0.113.9"]), "203.0.113.9");
        assert_eq!(client("10.0.0.1", &["1.1.1.1, 203.0.113.9, 10.9.9.9"]), "203.0.113.9");
        assert_eq!(client("10.0.0.1", &["1.1.1.1", "203.0.113.9, 10.9.9.9"]), "203.0.113.9");
        assert_eq!(client("::1", &["203.0.113.9:4711"]), "203.0.113.9");
        assert_eq!(client("::1", &["[2001:db8::7]:4711"]), "2001:db8::7");
        assert_eq!(client("::1", &["[2001:db8::7]"]), "2001:db8::7");
        assert_eq!(client("2001:db8:1:2::3", &["2001:db8::7"]), "2001:db8::7");
    }

    #[test]
    fn behind_trusted_proxies_alone_the_farthest_is_the_client() {
        assert_eq!(client("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_is_no_address_ends_the_walk() {
        for bad in ["unknown", "", "_hidden", "203.0.113.9:", "1.2.3", "fe80::1%eth0", "1.1.1.1; x"]
        {
            assert_eq!(client("10.0.0.1", &[bad]), "10.0.0.1", "{bad}");
            assert_eq!(client("10.0.0.1", &[&format!("1.1.1.1, {bad}, 10.0.0.2")]), "10.0.0.2");
        }
    }

    #[test]
    fn an_ipv4_address_in_ipv6_clothes_is_the_ipv4_address() {
        assert_eq!(client("::ffff:10.0.0.1", &["::ffff:203.0.113.9"]), "203.0.113.9");
    }

    #[test]
    fn the_walk_is_bounded() {
        let long = vec!["10.0.0.2"; 10_000].join(",");
        assert_eq!(client("10.0.0.1", &["1.1.1.1", &long]), "10.0.0.2");
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for bad in ["", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10/8", "localhost", "10.0.0.0/"] {
            assert!(TrustedProxies::parse([bad]).is_err(), "{bad}");
        }
    }
}
