//! Somebody's profile.

use commons_proto::edit::Value;
use serde::Serialize;
use utoipa::ToSchema;

use super::ListItem;
use crate::store::EntryView;

/// A profile, as a list of people has it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Profile {
    /// The entry.
    #[serde(flatten)]
    pub item: ListItem,
    /// What they say of themselves.
    #[schema(required)]
    pub about: Option<String>,
    /// What they can do, sorted.
    pub skills: Vec<String>,
    /// What they are interested in, sorted.
    pub interests: Vec<String>,
}

impl From<&EntryView> for Profile {
    fn from(view: &EntryView) -> Self {
        let all =
            |field| view.state.set(field).filter_map(Value::as_text).map(str::to_owned).collect();
        let about = view.state.single("about").and_then(Value::as_text);
        Self {
            item: ListItem::from(&view.summary),
            about: about.map(str::to_owned),
            skills: all("skills"),
            interests: all("interests"),
        }
    }
}
