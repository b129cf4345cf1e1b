//! Tables: CSV with a line of headers, whatever separates the cells. What the headers mean is in
//! [`super::columns`]; those that mean nothing here are told.

use csv::{ReaderBuilder, StringRecord};
use jiff::Zoned;

use super::columns::{self, Column};
use super::item::{Contents, Item};

/// The rows of a table.
pub(super) fn read(text: &str, now: &Zoned) -> Result<Contents, String> {
    let separator = separator(text).ok_or("it has no line of headers")?;
    let mut reader = ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .has_headers(true)
        .from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| error.to_string())?.clone();
    if headers.len() > COLUMNS {
        return Err(format!("it has over {COLUMNS} columns"));
    }
    let mut columns: Vec<Option<Column>> = headers.iter().map(columns::column).collect();
    if headers.iter().any(|name| name.trim().eq_ignore_ascii_case("title")) {
        // Beside a title a name is somebody's.
        for (column, name) in columns.iter_mut().zip(&headers) {
            if name.trim().eq_ignore_ascii_case("name") {
                *column = Some(Column::By);
            }
        }
    }
    if !columns.iter().flatten().any(|column| column.says_something()) {
        return Err("no header names a title, a text or an address".to_owned());
    }
    let mut contents = Contents::default();
    let unknown: Vec<&str> = headers
        .iter()
        .zip(&columns)
        .filter(|(name, column)| column.is_none() && !name.trim().is_empty())
        .map(|(name, _)| &name[..name.floor_char_boundary(HEADER_CHARS)])
        .take(UNKNOWN)
        .collect();
    if !unknown.is_empty() {
        contents.notices.push(format!("columns that are not taken: {}", unknown.join(", ")));
    }
    let mut record = StringRecord::new();
    loop {
        let line = reader.position().line();
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                contents.skip(line, error.to_string());
                continue;
            }
        }
        let line = record.position().map_or(line, csv::Position::line);
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let mut item = Item::at(line);
        for (column, cell) in columns.iter().zip(&record) {
            if let Some(column) = column {
                columns::put(&mut item, *column, unguarded(cell), now);
            }
        }
        columns::settle(&mut item);
        contents.items.push(item);
        if contents.is_too_much() {
            break;
        }
    }
    Ok(contents)
}

/// A cell without the mark that keeps a spreadsheet from taking it for a formula.
fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(FORMULA) => rest,
        _ => cell,
    }
}

/// Whether a text is such a table: its first line has several cells, and one of them is the header of
/// something that can be taken.
pub(super) fn is_table(text: &str) -> bool {
    let Some(separator) = separator(text) else { return false };
    let mut reader = ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let Some(Ok(headers)) = reader.records().next() else { return false };
    let known = headers.iter().filter_map(columns::column).collect::<Vec<_>>();
    headers.len() > 1
        && headers.iter().all(|name| name.chars().count() <= HEADER_CHARS)
        && known.len() * 3 >= headers.len()
        && known.iter().any(|column| column.says_something())
}

/// What separates the cells of the first line: of the usual signs the one that it has most of.
fn separator(text: &str) -> Option<u8> {
    let first = text.lines().find(|line| !line.trim().is_empty())?;
    let count = |sign: u8| first.bytes().filter(|byte| *byte == sign).count();
    // Of as many, the comma.
    [b'|', b'\t', b';', b','].into_iter().max_by_key(|sign| count(*sign))
}

/// Columns at most: no form has as many.
const COLUMNS: usize = 1000;

/// Headers that are told as unknown at most.
const UNKNOWN: usize = 50;

/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 5] = ['=', '+', '-', '@', '\t'];

/// Characters of a header at most, as far as headers are told from a sentence with commas.
const HEADER_CHARS: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;
    use commons_proto::kind::Kind;

    fn noon() -> Zoned {
        "2026-11-22T12:00:00+00:00[UTC]".parse().unwrap()
    }

    #[test]
    fn headers_say_what_cells_are() {
        let text = "Title;Description;Keywords;Shoe size\n\"Soap; more\";\"Two\nlines\";a, b;7\n;;;\nBeds;x\n";
        assert!(is_table(text));
        let contents = read(text, &noon()).unwrap();
        let [soap, beds] = contents.items.as_slice() else { panic!("{contents:?}") };
        assert_eq!((soap.title.as_str(), soap.body.as_str()), ("Soap; more", "Two\nlines"));
        assert_eq!((soap.place.line, beds.place.line), (2, 5));
        assert_eq!(soap.sets["tags"], ["a", "b"]);
        assert_eq!(soap.kind, Some(Kind::Idea));
        assert_eq!(contents.notices, ["columns that are not taken: Shoe size"]);
    }

    #[test]
    fn the_fields_of_a_row_say_its_kind() {
        let text = "name,start,url,repo,kind\na,2026-11-22 10:00,,,\nb,,https://example.org,,\nc,,,https://example.org/c,\nd,,,,notes\n";
        let contents = read(text, &noon()).unwrap();
        let kinds: Vec<_> = contents.items.iter().filter_map(|item| item.kind.clone()).collect();
        assert_eq!(kinds, [Kind::Session, Kind::Resource, Kind::Project, Kind::Note]);
    }

    #[test]
    fn cells_of_our_own_export_are_what_they_were() {
        let id = commons_proto::id::EntryId([7; 32]);
        let text = format!(
            "id,kind,title,name,created,source,body\n{id},idea,'=Soap,Ana,2026-11-22T10:00:00Z,,Text\n"
        );
        let item = &read(&text, &noon()).unwrap().items[0];
        assert_eq!((item.title.as_str(), item.body.as_str()), ("=Soap", "Text"));
        assert_eq!(item.by.as_deref(), Some("Ana"));
        assert_eq!(item.source, Some(format!("commons:{id}")));
        assert!(item.times.is_empty());
    }

    #[test]
    fn other_texts_are_no_tables() {
        for text in ["", "Dear all, please bring soap, towels and beds.", "a,b\n1,2", "title\nx"] {
            assert!(!is_table(text), "{text}");
        }
        assert!(read("a,b\n1,2", &noon()).is_err());
    }
}
