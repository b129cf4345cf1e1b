//! How much one guest may ask of a laptop: pages, writing, streams of events. Addresses are counted,
//! not names, which cost nothing.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use super::places::{Place, Places, household};

/// What a guest asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// To be shown or told something, or to have something composed.
    Reading,
    /// To have something taken in.
    Writing,
}

/// What each guest has asked for of late.
pub(super) struct Rates<Time: Clock = DefaultClock> {
    reading: Limiter<Time>,
    writing: Limiter<Time>,
    streams: Places,
    clock: Time,
}

type Limiter<Time> =
    RateLimiter<IpAddr, HashMapStateStore<IpAddr>, Time, NoOpMiddleware<<Time as Clock>::Instant>>;

impl Rates {
    /// Nobody has asked for anything yet.
    pub(super) fn new() -> Self {
        Self::with(DefaultClock::default())
    }
}

impl<Time: Clock + Clone> Rates<Time> {
    fn with(clock: Time) -> Self {
        let limiter = |quota| RateLimiter::hashmap_with_clock(quota, clock.clone());
        Self {
            reading: limiter(Quota::per_second(READS_A_SECOND).allow_burst(READS_AT_ONCE)),
            writing: limiter(
                Quota::with_period(A_WRITE).expect("it is not zero").allow_burst(WRITES_AT_ONCE),
            ),
            streams: Places::new(STREAMS, STREAMS_OF_ONE),
            clock,
        }
    }

    /// Counts what this address asks for; if it is too much, for how long it is.
    pub(super) fn check(&self, from: IpAddr, asked: Asked) -> Result<(), Duration> {
        let limiter = match asked {
            Asked::Reading => &self.reading,
            Asked::Writing => &self.writing,
        };
        let mut who = household(from);
        if limiter.len() >= ADDRESSES {
            limiter.retain_recent();
            if limiter.len() >= ADDRESSES {
                // Whoever makes up that many addresses shares what one may.
                who = EVERYBODY_ELSE;
            }
        }
        limiter.check_key(&who).map_err(|until| until.wait_time_from(self.clock.now()))
    }

    /// A place for a stream of events, which ends when the place is dropped.
    pub(super) fn stream(&self, from: IpAddr) -> Option<Place> {
        self.streams.take(from)
    }
}

const fn count(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("it is not zero")
}

/// Requests at once: a page has about five with what it loads, and opening some in a row is common.
const READS_AT_ONCE: NonZeroU32 = count(60);

/// Requests a second after that: a page whose regions are all fetched anew as something comes takes
/// about one; several phones may share an address. A laptop answers hundreds.
const READS_A_SECOND: NonZeroU32 = count(20);

/// Times of writing at once: more than a person does in a row, few enough for a page of spam.
const WRITES_AT_ONCE: NonZeroU32 = count(20);

/// The time for another one after that: somebody who writes short notes all the time.
const A_WRITE: Duration = Duration::from_secs(3);

/// Streams of one address: as many pages are open in a browser, which itself opens six at most to
/// one place.
const STREAMS_OF_ONE: usize = 8;

/// Streams in all: 200 guests with two pages each.
const STREAMS: usize = 400;

/// Addresses that are counted one by one: more than an event has phones, in about 300 kB.
const ADDRESSES: usize = 4096;

/// What stands for the addresses beyond those.
const EVERYBODY_ELSE: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;
    use std::net::Ipv4Addr;

    const ANA: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const BEN: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn who_asks_for_too_much_waits_and_nobody_else() {
        let clock = FakeRelativeClock::default();
        let rates = Rates::with(clock.clone());
        let asks = |who, asked| rates.check(who, asked);
        for (asked, at_once) in [(Asked::Reading, READS_AT_ONCE), (Asked::Writing, WRITES_AT_ONCE)]
        {
            for _ in 0..at_once.get() {
                assert!(asks(ANA, asked).is_ok());
            }
            let wait = asks(ANA, asked).expect_err("too much");
            assert!(asks(BEN, asked).is_ok(), "another one is not held up");
            clock.advance(wait);
            assert!(asks(ANA, asked).is_ok(), "as it was told");
        }
    }

    #[test]
    fn made_up_addresses_share_what_one_may_and_take_no_memory() {
        let clock = FakeRelativeClock::default();
        let rates = Rates::with(clock.clone());
        let made_up = |number: u32| IpAddr::V4(Ipv4Addr::from(number));
        let refused =
            (0..20_000).filter(|number| rates.check(made_up(*number), Asked::Writing).is_err());
        assert!(refused.count() > 10_000);
        assert!(rates.writing.len() <= ADDRESSES + 1, "{}", rates.writing.len());
        assert!(rates.check(made_up(1), Asked::Reading).is_ok());
        clock.advance(A_WRITE * 30);
        assert!(rates.check(BEN, Asked::Writing).is_ok(), "they are forgotten after a while");
        assert!(rates.writing.len() < 10, "{}", rates.writing.len());
    }
}
