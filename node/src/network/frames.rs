//! Frames on a stream: four bytes of length, big-endian, then so many bytes, at most
//! [`FRAME_BYTES`]. One long-lived stream in each direction; what waits is bounded by whoever
//! holds the queue.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::FRAME_BYTES;

/// Bytes for which memory is taken before any of them has arrived.
const CHUNK_BYTES: usize = 64 * 1024;

/// A frame that waits for its stream, and its share of the queue's room.
pub(super) type Queued = (Vec<u8>, OwnedSemaphorePermit);

/// Counts whatever moved on a connection, so that one that is slow is not taken for dead.
#[derive(Debug, Default)]
pub(crate) struct Progress(AtomicU64);

impl Progress {
    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn step(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The next frame; none when the stream has ended between frames. One that claims to be larger
/// than allowed is an error before any memory is spent on it.
pub(crate) async fn read_frame(
    stream: &mut (impl AsyncRead + Unpin),
    progress: &Progress,
) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    if stream.read(&mut length[..1]).await? == 0 {
        return Ok(None);
    }
    stream.read_exact(&mut length[1..]).await?;
    let length = u32::from_be_bytes(length) as usize;
    if length > FRAME_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame over the limit"));
    }
    let mut frame = Vec::new();
    while frame.len() < length {
        let start = frame.len();
        frame.resize(length.min(start + CHUNK_BYTES), 0);
        let read = stream.read(&mut frame[start..]).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        frame.truncate(start + read);
        progress.step();
    }
    Ok(Some(frame))
}

/// Writes frames as they come, until the queue is closed. The room that a frame took is given back
/// when the stream has taken its last byte.
pub(super) async fn write_frames(
    stream: &mut (impl AsyncWrite + Unpin),
    queue: &mut mpsc::UnboundedReceiver<Queued>,
    progress: &Progress,
) -> io::Result<()> {
    while let Some(mut next) = queue.recv().await {
        loop {
            let (frame, room) = next;
            let length = u32::try_from(frame.len()).expect("a frame is at most 1 MiB");
            let bytes = [&length.to_be_bytes()[..], &frame].concat();
            let mut written = 0;
            while written < bytes.len() {
                let more = stream.write(&bytes[written..]).await?;
                if more == 0 {
                    return Err(io::ErrorKind::WriteZero.into());
                }
                written += more;
                progress.step();
            }
            drop(room);
            match queue.try_recv() {
                Ok(another) => next = another,
                Err(_) => break,
            }
        }
        stream.flush().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures::io::Cursor;
    use tokio::sync::Semaphore;

    use super::*;

    async fn written(frames: &[&[u8]]) -> Vec<u8> {
        let (sender, mut queue) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(1 << 20));
        for frame in frames {
            let permit = Arc::clone(&room).acquire_owned().await.unwrap();
            sender.send((frame.to_vec(), permit)).unwrap();
        }
        drop(sender);
        let mut stream = Cursor::new(Vec::new());
        write_frames(&mut stream, &mut queue, &Progress::default()).await.unwrap();
        assert_eq!(room.available_permits(), 1 << 20);
        stream.into_inner()
    }

    #[tokio::test]
    async fn frames_come_back_as_they_were() {
        let large = vec![7; FRAME_BYTES];
        let bytes = written(&[b"", b"wash hands", &large]).await;
        assert_eq!(bytes[..8], [0, 0, 0, 0, 0, 0, 0, 10]);
        let mut stream = Cursor::new(bytes);
        let progress = Progress::default();
        for expected in [&b""[..], b"wash hands", &large] {
            assert_eq!(read_frame(&mut stream, &progress).await.unwrap().unwrap(), expected);
        }
        assert!(read_frame(&mut stream, &progress).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_frame_over_the_limit_is_refused_by_its_length() {
        let mut stream = Cursor::new((FRAME_BYTES as u32 + 1).to_be_bytes());
        let error = read_frame(&mut stream, &Progress::default()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[tokio::test]
    async fn a_frame_cut_short_is_an_error() {
        let mut bytes = written(&[b"bed sensors"]).await;
        bytes.pop();
        let error = read_frame(&mut Cursor::new(bytes), &Progress::default()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
