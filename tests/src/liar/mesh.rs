//! What gossipsub says on its streams, as far as a liar needs it: subscriptions and messages, as
//! protobuf, each preceded by its length.

/// A wish to hear of a topic.
pub(super) fn subscription(topic: &str) -> Vec<u8> {
    let options = [&[0x08, 0x01][..], &field(2, topic.as_bytes())].concat();
    framed(&field(1, &options))
}

/// A message on a topic, without author, number and signature, as all here are.
pub(super) fn message(topic: &str, data: &[u8]) -> Vec<u8> {
    let message = [field(2, data), field(4, topic.as_bytes())].concat();
    framed(&field(2, &message))
}

/// The data of all messages in one of gossipsub's frames, and whether it holds a subscription.
pub(super) fn read(frame: &[u8]) -> (Vec<Vec<u8>>, bool) {
    let fields = fields(frame);
    let messages = fields.iter().filter(|(number, _)| *number == 2);
    let data = messages.flat_map(|(_, message)| self::fields(message));
    let data = data.filter(|(number, _)| *number == 2).map(|(_, data)| data.to_vec()).collect();
    (data, fields.iter().any(|(number, _)| *number == 1))
}

/// The length at the beginning of these bytes and how many bytes it takes, once it is whole.
pub(super) fn length(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0_usize;
    for (at, byte) in bytes.iter().enumerate().take(5) {
        value |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, at + 1));
        }
    }
    None
}

fn framed(bytes: &[u8]) -> Vec<u8> {
    [varint(bytes.len()), bytes.to_vec()].concat()
}

fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [vec![number << 3 | 2], framed(bytes)].concat()
}

fn varint(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// The fields that hold bytes, with their numbers, up to what cannot be read.
fn fields(mut bytes: &[u8]) -> Vec<(u8, &[u8])> {
    let mut fields = Vec::new();
    while let Some((&tag, rest)) = bytes.split_first() {
        let Some((value, taken)) = length(rest) else { break };
        bytes = &rest[taken..];
        if tag & 7 == 2 {
            let Some((content, rest)) = bytes.split_at_checked(value) else { break };
            fields.push((tag >> 3, content));
            bytes = rest;
        } else if tag & 7 != 0 {
            break;
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_read() {
        let said = message("topic", &[7; 300]);
        let (bytes, taken) = length(&said).unwrap();
        assert_eq!(said.len(), bytes + taken);
        assert_eq!(read(&said[taken..]), (vec![vec![7; 300]], false));
        let said = subscription("topic");
        assert_eq!(read(&said[1..]), (Vec::new(), true));
    }
}
