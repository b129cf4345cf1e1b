//! Every bound on what a stranger may send, each with its unit and its reason.

/// Bytes of a whole contribution on the wire: long enough for a 10,000-word body, small enough
/// that a full set of parallel deliveries stays in a few MiB.
pub const CONTRIBUTION_BYTES: usize = 64 * 1024;

/// Bytes of a header: 64 parents of 34 bytes and the fixed fields stay below 3 KiB.
pub const HEADER_BYTES: usize = 4 * 1024;

/// Parents of one contribution. An entry with more heads is gathered by several edits.
pub const PARENTS: usize = 64;

/// Edits in one payload: more than any person's form has fields, and a bound on replay.
pub const EDITS: usize = 1024;

/// Arrays and maps within each other: ours are four deep, and a newer commons has room. With twice
/// as many steps the decoder stays within the 256 that it allows itself.
pub const NESTING: usize = 64;

/// Bytes of a field's or kind's name.
pub const NAME_BYTES: usize = 32;

/// Characters of one item of a set (a tag, a link) and bytes of a scalar are bounded only by the
/// contribution; this bounds what `compose` lets a person write into one line.
pub const LINE_CHARS: usize = 1000;

/// Characters of a tag that a person may write.
pub const TAG_CHARS: usize = 64;

/// Seconds: claimed times lie in `0..TIME_END`, which ends in the year 36812.
pub const TIME_END: u64 = 1 << 40;

/// Characters of a commons's name.
pub const COMMONS_NAME_CHARS: usize = 64;

/// Bytes of values and text that an entry shows by contributions that follow one another: sixteen
/// full ones. What an edit would add beyond that is left out, so that a small contribution never
/// makes a node write a large state.
pub const ENTRY_BYTES: usize = 1024 * 1024;
