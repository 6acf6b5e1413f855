//! How many connections each client has.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::client::{TrustedProxies, client_network};

#[derive(Clone, Debug)]
pub(super) struct Places {
    taken: Arc<Mutex<HashMap<IpAddr, u32>>>,
    per_client_max: u32,
    trusted_proxies: TrustedProxies,
}

/// A client's place, given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    /// None for a proxy that is trusted: it isn't counted.
    client: Option<IpAddr>,
}

impl Places {
    pub(super) fn new(per_client_max: u32, trusted_proxies: TrustedProxies) -> Self {
        Self { taken: Arc::default(), per_client_max, trusted_proxies }
    }

    /// A place for a client, unless they have as many as they may.
    pub(super) fn take(&self, peer: IpAddr) -> Option<Place> {
        if self.trusted_proxies.trusts(peer) {
            return Some(Place { places: self.clone(), client: None });
        }
        let client = client_network(peer);
        let mut taken = self.taken.lock();
        let count = taken.entry(client).or_default();
        if *count >= self.per_client_max {
            return None;
        }
        *count += 1;
        Some(Place { places: self.clone(), client: Some(client) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(client) = self.client else { return };
        let mut taken = self.places.taken.lock();
        if let Some(count) = taken.get_mut(&client) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_64_bits_is_one_client() {
        let places = Places::new(2, TrustedProxies::default());
        let one = places.take("2001:db8::1".parse().unwrap()).unwrap();
        let _two = places.take("2001:db8::2".parse().unwrap()).unwrap();
        assert!(places.take("2001:db8::3".parse().unwrap()).is_none());
        let _neighbour = places.take("2001:db8:0:1::3".parse().unwrap()).unwrap();
        drop(one);
        assert!(places.take("2001:db8::3".parse().unwrap()).is_some());
    }

    #[test]
    fn a_trusted_proxy_is_not_counted() {
        let places = Places::new(1, TrustedProxies::parse(["10.0.0.0/8"]).unwrap());
        let proxy = "10.1.2.3".parse().unwrap();
        let held: Vec<_> = (0..9).map(|_| places.take(proxy)).collect();
        assert!(held.iter().all(Option::is_some));
        assert!(places.taken.lock().is_empty());
    }
}
