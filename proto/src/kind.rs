//! The ten kinds of entry, who may change them, and the fields that each has.

use crate::limits::NAME_BYTES;

/// What kind of thing an entry is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A proposal that anybody may improve.
    Idea,
    /// Something to use: data, a paper, a tool, a learning module.
    Resource,
    /// A team's work at a hack day.
    Project,
    /// A talk or an unconference session.
    Session,
    /// What an author says of themselves.
    Person,
    /// A short post.
    Note,
    /// A remark on an entry.
    Comment,
    /// A sign of approval.
    Endorsement,
    /// Being part of a project.
    Membership,
    /// An author taking back contributions of their own.
    Erasure,
    /// A kind that a newer commons knows. It is kept and passed on.
    Newer {
        /// Its name.
        name: String,
        /// Whether anybody may change entries of this kind, as their genesis says.
        open: bool,
    },
}

/// How a field is edited and merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// Prose that several people edit at once: merged character by character.
    Prose,
    /// One value; of two concurrent ones the view shows both.
    Single,
    /// A set of values, each added and removed on its own.
    Set,
}

/// What the values of a field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldValue {
    /// Text.
    Text,
    /// A time in seconds since 1970 UTC.
    Time,
    /// An entry's id.
    Entry,
}

/// A field of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name in edits, on the command line and in JSON.
    pub name: &'static str,
    /// How it merges.
    pub field_type: FieldType,
    /// What it holds.
    pub value: FieldValue,
}

impl Kind {
    /// The ten kinds that this version knows.
    pub const KNOWN: [Self; 10] = [
        Self::Idea,
        Self::Resource,
        Self::Project,
        Self::Session,
        Self::Person,
        Self::Note,
        Self::Comment,
        Self::Endorsement,
        Self::Membership,
        Self::Erasure,
    ];

    /// The kind with this name; one that this version does not know is a newer kind.
    /// `None` if the name cannot be one: a-z and `-`, at most [`NAME_BYTES`].
    pub fn new(name: &str, open: bool) -> Option<Self> {
        if let Some(known) = Self::known(name) {
            return Some(known);
        }
        is_name(name).then(|| Self::Newer { name: name.to_owned(), open })
    }

    /// The known kind with this name.
    pub fn known(name: &str) -> Option<Self> {
        Self::KNOWN.into_iter().find(|kind| kind.name() == name)
    }

    /// The name in headers, on the command line and in JSON.
    pub fn name(&self) -> &str {
        match self {
            Self::Idea => "idea",
            Self::Resource => "resource",
            Self::Project => "project",
            Self::Session => "session",
            Self::Person => "person",
            Self::Note => "note",
            Self::Comment => "comment",
            Self::Endorsement => "endorsement",
            Self::Membership => "membership",
            Self::Erasure => "erasure",
            Self::Newer { name, .. } => name,
        }
    }

    /// Whether anybody may change entries of this kind; if not, only the author of the genesis.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Idea | Self::Resource | Self::Project | Self::Session => true,
            Self::Newer { open, .. } => *open,
            _ => false,
        }
    }

    /// The fields of this kind, in the order in which they are shown.
    pub fn fields(&self) -> &'static [Field] {
        match self {
            Self::Idea => IDEA,
            Self::Resource => RESOURCE,
            Self::Project => PROJECT,
            Self::Session => SESSION,
            Self::Person => PERSON,
            Self::Note => NOTE,
            Self::Comment => COMMENT,
            Self::Endorsement => ENDORSEMENT,
            Self::Membership => MEMBERSHIP,
            Self::Erasure | Self::Newer { .. } => &[],
        }
    }

    /// The field of this kind with this name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields().iter().find(|field| field.name == name)
    }
}

/// Whether a text can be the name of a kind or a field.
pub fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= NAME_BYTES
        && text.bytes().all(|letter| letter.is_ascii_lowercase() || letter == b'-')
}

const fn prose(name: &'static str) -> Field {
    Field { name, field_type: FieldType::Prose, value: FieldValue::Text }
}

const fn line(name: &'static str) -> Field {
    Field { name, field_type: FieldType::Single, value: FieldValue::Text }
}

const fn time(name: &'static str) -> Field {
    Field { name, field_type: FieldType::Single, value: FieldValue::Time }
}

const fn entry(name: &'static str) -> Field {
    Field { name, field_type: FieldType::Single, value: FieldValue::Entry }
}

const fn set(name: &'static str) -> Field {
    Field { name, field_type: FieldType::Set, value: FieldValue::Text }
}

const fn entries(name: &'static str) -> Field {
    Field { name, field_type: FieldType::Set, value: FieldValue::Entry }
}

const IDEA: &[Field] = &[
    line("title"),
    prose("body"),
    set("tags"),
    set("links"),
    line("licence"),
    line("status"),
    line("source"),
];

const RESOURCE: &[Field] = &[
    line("title"),
    line("url"),
    line("format"),
    time("published"),
    prose("body"),
    set("tags"),
    set("links"),
    line("licence"),
    line("status"),
    line("source"),
];

const PROJECT: &[Field] = &[
    line("title"),
    prose("body"),
    line("repository"),
    line("demo"),
    set("skills"),
    entries("ideas"),
    set("tags"),
    set("links"),
    line("licence"),
    line("status"),
    line("source"),
];

const SESSION: &[Field] = &[
    line("title"),
    prose("body"),
    time("start"),
    time("end"),
    line("place"),
    line("workstream"),
    set("leads"),
    set("tags"),
    set("links"),
    line("licence"),
    line("status"),
    line("source"),
];

const PERSON: &[Field] = &[line("name"), line("about"), set("skills"), set("interests")];

const NOTE: &[Field] = &[line("text"), set("tags"), entry("about"), line("source")];

const COMMENT: &[Field] = &[entry("about"), line("text")];

const ENDORSEMENT: &[Field] = &[entry("about")];

const MEMBERSHIP: &[Field] = &[entry("about"), line("role")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_and_field_has_a_good_and_distinct_name() {
        for kind in Kind::KNOWN {
            assert!(is_name(kind.name()));
            assert_eq!(Kind::known(kind.name()), Some(kind.clone()));
            for field in kind.fields() {
                assert!(is_name(field.name));
                assert_eq!(kind.field(field.name), Some(field));
            }
        }
    }

    #[test]
    fn a_newer_kind_keeps_what_its_genesis_says() {
        let kind = Kind::new("survey", true).expect("a good name");
        assert!(kind.is_open() && kind.fields().is_empty());
        assert_eq!(Kind::new("Survey!", true), None);
        assert_eq!(Kind::new("idea", false), Some(Kind::Idea));
    }
}
