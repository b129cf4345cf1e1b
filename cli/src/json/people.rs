//! What `people` prints.

use commons_node::store::EntryView;
use commons_proto::edit::Value;
use serde::Serialize;

use super::ListItem;

/// A line of `people`.
#[derive(Debug, Serialize)]
pub(crate) struct Profile<'a> {
    #[serde(flatten)]
    item: ListItem<'a>,
    about: Option<&'a str>,
    skills: Vec<&'a str>,
    interests: Vec<&'a str>,
}

impl<'a> From<&'a EntryView> for Profile<'a> {
    fn from(view: &'a EntryView) -> Self {
        let all = |field| view.state.set(field).filter_map(Value::as_text).collect();
        Self {
            item: ListItem::from(&view.summary),
            about: view.state.single("about").and_then(Value::as_text),
            skills: all("skills"),
            interests: all("interests"),
        }
    }
}
