//! CBOR written by hand: every function gives the bytes of one item, right or wrong as one likes.
//! The right ones are the shortest; the rest is what a strict decoder must refuse.

/// A whole number, shortest.
pub fn uint(number: u64) -> Vec<u8> {
    head(0, number)
}

/// The number -1 - `number`, shortest.
pub fn negative(number: u64) -> Vec<u8> {
    head(1, number)
}

/// Bytes.
pub fn bytes(bytes: &[u8]) -> Vec<u8> {
    [head(2, bytes.len() as u64), bytes.to_vec()].concat()
}

/// Text.
pub fn text(text: &str) -> Vec<u8> {
    [head(3, text.len() as u64), text.as_bytes().to_vec()].concat()
}

/// An array of these items.
pub fn array(items: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let items: Vec<Vec<u8>> = items.into_iter().collect();
    [head(4, items.len() as u64), items.concat()].concat()
}

/// A map with these keys in just this order, be they sorted or not, distinct or not.
pub fn map<'a>(items: impl IntoIterator<Item = (&'a str, Vec<u8>)>) -> Vec<u8> {
    let items: Vec<Vec<u8>> =
        items.into_iter().map(|(key, value)| [text(key), value].concat()).collect();
    [head(5, items.len() as u64), items.concat()].concat()
}

/// A tagged item.
pub fn tag(tag: u64, item: &[u8]) -> Vec<u8> {
    [head(6, tag), item.to_vec()].concat()
}

/// False or true.
pub fn boolean(truth: bool) -> Vec<u8> {
    vec![if truth { 0xf5 } else { 0xf4 }]
}

/// Nothing.
pub fn null() -> Vec<u8> {
    vec![0xf6]
}

/// A simple value that DAG-CBOR does not have.
pub fn undefined() -> Vec<u8> {
    vec![0xf7]
}

/// A floating-point number of 64 bits.
pub fn float(number: f64) -> Vec<u8> {
    [vec![0xfb], number.to_be_bytes().to_vec()].concat()
}

/// The shortest head of an item of this major type.
pub fn head(major: u8, argument: u64) -> Vec<u8> {
    let bytes = match argument {
        0..=23 => 0,
        24..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xffff_ffff => 4,
        _ => 8,
    };
    wide(major, argument, bytes)
}

/// A head whose argument takes 1, 2, 4 or 8 bytes, though it may fit into fewer (or, with 0, into
/// the head itself).
///
/// # Panics
/// If there is no head of so many bytes.
pub fn wide(major: u8, argument: u64, bytes: usize) -> Vec<u8> {
    let argument = argument.to_be_bytes();
    let additional = match bytes {
        0 => argument[7],
        1 => 24,
        2 => 25,
        4 => 26,
        8 => 27,
        _ => panic!("no head has an argument of {bytes} bytes"),
    };
    let rest = if bytes == 0 { &[][..] } else { &argument[8 - bytes..] };
    [&[major << 5 | additional], rest].concat()
}

/// An item of indefinite length: strings and arrays of these, or a map with keys and values in turn.
pub fn indefinite(major: u8, items: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let items: Vec<Vec<u8>> = items.into_iter().collect();
    [vec![major << 5 | 31], items.concat(), vec![0xff]].concat()
}

/// So many arrays of one item within each other, the number 0 in the innermost.
pub fn nested(depth: usize) -> Vec<u8> {
    [vec![0x81; depth], uint(0)].concat()
}

/// So many arrays within each other, each of which says that it is as long as may be.
pub fn nested_boasts(depth: usize) -> Vec<u8> {
    wide(4, u64::MAX >> 1, 8).repeat(depth)
}
