//! Style, scripts and icon, from the binary. Their addresses change with their content, so a browser may
//! keep them.

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

use super::Board;
use super::extract::Path;
use super::fault::{self, Fault};
use crate::render::STYLE;

/// A file that pages load.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    parts: &'static [&'static str],
}

/// All files.
const ASSETS: [Asset; 5] = [
    Asset {
        name: "board.css",
        media_type: "text/css; charset=utf-8",
        parts: &[
            STYLE,
            include_str!("assets/board.css"),
            include_str!("assets/entries.css"),
            include_str!("assets/forms.css"),
            include_str!("assets/pages.css"),
            include_str!("assets/guests.css"),
        ],
    },
    Asset {
        name: "board.js",
        media_type: "text/javascript; charset=utf-8",
        parts: &[include_str!("assets/board.js"), include_str!("assets/drafts.js")],
    },
    Asset {
        name: "search.js",
        media_type: "text/javascript; charset=utf-8",
        parts: &[include_str!("assets/search.js")],
    },
    Asset {
        name: "guest.js",
        media_type: "text/javascript; charset=utf-8",
        parts: &[include_str!("assets/guest.js")],
    },
    Asset {
        name: "icon.svg",
        media_type: "image/svg+xml",
        parts: &[include_str!("assets/icon.svg")],
    },
];

/// What stands in the addresses for the content of all files.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    ASSETS.iter().flat_map(|asset| asset.parts).for_each(|part| hash.update(part));
    let hash = hash.finalize();
    data_encoding::HEXLOWER.encode(&hash[..VERSION_BYTES])
});

/// The address of the file with this name.
pub(super) fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// Where the files are.
pub(super) fn routes() -> Router<Board> {
    Router::new().route("/assets/{version}/{name}", get(asset))
}

async fn asset(Path((version, name)): Path<(String, String)>) -> Result<Response, Fault> {
    let asset = ASSETS.iter().find(|asset| asset.name == name && version == *VERSION);
    let Some(asset) = asset else { return Err(fault::no_page().await) };
    let headers = [
        (header::CONTENT_TYPE, asset.media_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, asset.parts.concat()).into_response())
}

/// Bytes of the hash that stand in an address.
const VERSION_BYTES: usize = 8;
