//! Files that somebody takes along: sent as what they are, under a name to be kept by. One that may be
//! large lies on the disk while it is sent, so that a slow browser holds neither memory nor a store.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, Write};

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::stream;

use super::fault::Fault;

/// What a file is.
#[derive(Debug, Clone)]
pub(super) struct Download {
    /// The media type.
    pub(super) media_type: &'static str,
    /// Under which name it is kept; none if it is read where it is, as a feed is.
    pub(super) name: Option<String>,
}

impl Download {
    /// The file with this in it.
    pub(super) fn whole(self, content: String) -> Response {
        self.response(content.into())
    }

    /// The file that was written.
    pub(super) fn written(self, file: Written) -> Response {
        let chunks = stream::try_unfold(file.0, |file| async move {
            let read = tokio::task::spawn_blocking(move || {
                let mut chunk = Vec::new();
                (&file).take(CHUNK).read_to_end(&mut chunk)?;
                Ok::<_, io::Error>((chunk, file))
            });
            let (chunk, file) = read.await.map_err(io::Error::other)??;
            Ok::<_, io::Error>((!chunk.is_empty()).then(|| (Bytes::from(chunk), file)))
        });
        self.response(Body::from_stream(chunks))
    }

    fn response(self, body: Body) -> Response {
        let mut response = ([(header::CONTENT_TYPE, self.media_type)], body).into_response();
        let named = self.name.map(|name| format!("attachment; filename=\"{name}\""));
        if let Some(named) = named.and_then(|named| named.parse().ok()) {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, named);
        }
        response
    }
}

/// A file without a name, which is gone when it has been sent.
pub(super) struct Written(File);

impl Written {
    /// The file that this writes.
    pub(super) fn by<E: Into<Fault>>(
        write: impl FnOnce(&mut BufWriter<File>) -> Result<(), E>,
    ) -> Result<Self, Fault> {
        let mut out = BufWriter::new(tempfile::tempfile().map_err(no_room)?);
        write(&mut out).map_err(Into::into)?;
        out.flush().map_err(no_room)?;
        let mut file = out.into_inner().map_err(|error| no_room(error.into_error()))?;
        file.rewind().map_err(no_room)?;
        Ok(Self(file))
    }
}

/// The file could not be written.
pub(super) fn no_room(error: io::Error) -> Fault {
    tracing::warn!(%error, "a file to be sent could not be written");
    Fault::new(StatusCode::INSUFFICIENT_STORAGE, "no-room", "this node has no room for such a file")
        .hint("make room for temporary files on its disk, or ask for less")
}

/// Bytes that are read and sent at once.
const CHUNK: u64 = 64 * 1024;
