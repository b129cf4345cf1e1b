//! The look at bytes before anything is made of them.

/// Whether the bytes are one item of canonical DAG-CBOR without tags, its arrays and maps nested no
/// deeper than this: definite and shortest lengths, shortest integers, text in UTF-8, text keys that
/// rise (by length, then by bytes), no floating-point number, nothing after it. Source: RFC 8949,
/// and the DAG-CBOR specification of IPLD.
pub fn scan(bytes: &[u8], nesting: usize) -> Option<()> {
    let mut scan = Scan { rest: bytes };
    scan.item(nesting)?;
    scan.rest.is_empty().then_some(())
}

struct Scan<'a> {
    rest: &'a [u8],
}

impl<'a> Scan<'a> {
    /// One item, which may hold others so many levels deep.
    fn item(&mut self, nesting: usize) -> Option<()> {
        let (major, argument) = self.head()?;
        match major {
            UNSIGNED | NEGATIVE => Some(()),
            BYTES => self.take(argument).map(drop),
            TEXT => self.text(argument).map(drop),
            ARRAY => {
                let nesting = nesting.checked_sub(1)?;
                (0..argument).try_for_each(|_| self.item(nesting))
            }
            MAP => {
                let nesting = nesting.checked_sub(1)?;
                let mut last = None;
                (0..argument).try_for_each(|_| {
                    let key = self.key()?;
                    let rises = last.replace(key).is_none_or(|last| last < key);
                    rises.then_some(())?;
                    self.item(nesting)
                })
            }
            SIMPLE => matches!(argument, FALSE | TRUE | NULL).then_some(()),
            _ => None,
        }
    }

    /// A key of a map, so that keys are in the order in which they stand.
    fn key(&mut self) -> Option<(usize, &'a str)> {
        let (major, argument) = self.head()?;
        let key = if major == TEXT { self.text(argument)? } else { return None };
        Some((key.len(), key))
    }

    /// The major type and the argument, which is no longer than it must be.
    fn head(&mut self) -> Option<(u8, u64)> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        let (major, additional) = (first >> 5, first & 0x1f);
        let (bytes, least) = match additional {
            0..24 => return Some((major, u64::from(additional))),
            // A simple value, or a floating-point number.
            _ if major == SIMPLE => return None,
            24 => (1, 24),
            25 => (2, 1 << 8),
            26 => (4, 1 << 16),
            27 => (8, 1 << 32),
            _ => return None,
        };
        let taken = self.take(bytes)?;
        let argument = taken.iter().fold(0, |argument, byte| argument << 8 | u64::from(*byte));
        (argument >= least).then_some((major, argument))
    }

    fn text(&mut self, bytes: u64) -> Option<&'a str> {
        std::str::from_utf8(self.take(bytes)?).ok()
    }

    fn take(&mut self, bytes: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(usize::try_from(bytes).ok()?)?;
        self.rest = rest;
        Some(taken)
    }
}

/// Major types.
const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const SIMPLE: u8 = 7;

/// Simple values.
const FALSE: u64 = 20;
const TRUE: u64 = 21;
const NULL: u64 = 22;
