//! Places: how many of something there are at once, in all and for one address. Whoever has one
//! gives it back by dropping it.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A number of places. A clone has the same ones.
#[derive(Debug, Clone)]
pub(super) struct Places {
    of_all: usize,
    of_one: usize,
    taken: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
}

/// A place that somebody has.
#[derive(Debug)]
pub(super) struct Place {
    who: IpAddr,
    taken: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
}

impl Places {
    /// So many places in all, and so many for one address.
    pub(super) fn new(of_all: usize, of_one: usize) -> Self {
        Self { of_all, of_one, taken: Arc::default() }
    }

    /// A place for this address, if there is one.
    pub(super) fn take(&self, who: IpAddr) -> Option<Place> {
        let who = household(who);
        let mut taken = lock(&self.taken);
        if taken.values().sum::<usize>() >= self.of_all {
            return None;
        }
        let of_one = taken.entry(who).or_default();
        if *of_one >= self.of_one {
            return None;
        }
        *of_one += 1;
        Some(Place { who, taken: Arc::clone(&self.taken) })
    }

    /// How many addresses have a place.
    pub(super) fn addresses(&self) -> usize {
        lock(&self.taken).len()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        if let Some(of_one) = taken.get_mut(&self.who) {
            *of_one -= 1;
            if *of_one == 0 {
                taken.remove(&self.who);
            }
        }
    }
}

/// What counts as one address: of version 6 the network of 64 bits, as a machine gives itself any
/// number of addresses in it.
pub(super) fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(network))
        }
        address => address,
    }
}

fn lock(taken: &Mutex<BTreeMap<IpAddr, usize>>) -> MutexGuard<'_, BTreeMap<IpAddr, usize>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_has_more_than_their_part_and_what_is_given_back_can_be_had() {
        let places = Places::new(3, 2);
        let [ana, ben] = ["192.0.2.1", "192.0.2.2"].map(|text| text.parse().unwrap());
        let first = places.take(ana).unwrap();
        let _second = places.take(ana).unwrap();
        assert!(places.take(ana).is_none(), "one address has two at most");
        let _third = places.take(ben).unwrap();
        assert!(places.take(ben).is_none(), "there are three in all");
        assert_eq!(places.addresses(), 2);
        drop(first);
        assert!(places.take(ben).is_some());
        assert_eq!(places.addresses(), 2, "it was dropped at once");
    }

    #[test]
    fn a_machine_with_many_addresses_is_one() {
        let places = Places::new(9, 1);
        let [one, other, elsewhere] =
            ["2001:db8::1", "2001:db8::2:1", "2001:db8:0:1::1"].map(|text| text.parse().unwrap());
        let _place = places.take(one).unwrap();
        assert!(places.take(other).is_none());
        let _place = places.take(elsewhere).unwrap();
        let mapped: IpAddr = "::ffff:192.0.2.1".parse().unwrap();
        let _place = places.take(mapped).unwrap();
        assert!(places.take("192.0.2.1".parse().unwrap()).is_none());
    }
}
