//! Plain tables that fit the terminal: columns two spaces apart, no lines, the first row a heading.
//! On a pipe nothing is cut.

use anstyle::Style;
use commons_node::phrases::cut;
use unicode_width::UnicodeWidthStr as _;

use super::escape;

/// A table under construction. Its cells are strangers' words as well as ours: all are escaped.
pub(crate) struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

/// A cell: text, what of it is never cut off, and how it looks.
pub(crate) struct Cell {
    text: String,
    tail: String,
    style: Style,
}

impl Cell {
    /// A cell with this text, escaped.
    pub(crate) fn new(text: &str, style: Style) -> Self {
        Self::with_tail(text, "", style)
    }

    /// A cell with this text, escaped, and an end that stays when the text is cut.
    pub(crate) fn with_tail(text: &str, tail: &str, style: Style) -> Self {
        Self { text: escape::line(text).into_owned(), tail: tail.to_owned(), style }
    }

    fn width(&self) -> usize {
        self.text.width() + self.tail.width()
    }

    fn is_empty(&self) -> bool {
        self.text.is_empty() && self.tail.is_empty()
    }

    /// The cell in so many columns.
    fn cut(&self, width: usize) -> String {
        let text = cut(&self.text, width.saturating_sub(self.tail.width()));
        format!("{text}{}", self.tail)
    }
}

impl Table {
    /// A table with these columns. The one that gives way when the terminal is narrow is the
    /// widest.
    pub(crate) fn new(headings: &[&'static str]) -> Self {
        Self { headings: headings.to_vec(), rows: Vec::new() }
    }

    /// Adds a row with as many cells as there are columns.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The lines of the table, no wider than `width` where that is possible, with styles.
    pub(crate) fn lines(&self, width: Option<usize>, heading: Style) -> Vec<String> {
        let widths = self.widths(width);
        let headings = self.headings.iter().map(|text| Cell::new(text, heading)).collect();
        [headings].iter().chain(&self.rows).map(|row| draw(row, &widths)).collect()
    }

    fn widths(&self, width: Option<usize>) -> Vec<usize> {
        let mut widths: Vec<usize> = self.headings.iter().map(|text| text.width()).collect();
        let mut least = vec![LEAST_WIDTH; widths.len()];
        for row in &self.rows {
            for ((cell, width), least) in row.iter().zip(&mut widths).zip(&mut least) {
                *width = cell.width().max(*width);
                *least = (cell.tail.width() + LEAST_WIDTH / 2).max(*least);
            }
        }
        let Some(room) = width else { return widths };
        let gaps = GAP.len() * widths.len().saturating_sub(1);
        let mut over = (widths.iter().sum::<usize>() + gaps).saturating_sub(room);
        while over > 0 {
            let giving = widths.iter_mut().zip(&least).filter(|(width, least)| **width > **least);
            let Some((widest, _)) = giving.max() else { break };
            *widest -= 1;
            over -= 1;
        }
        widths
    }
}

fn draw(row: &[Cell], widths: &[usize]) -> String {
    let mut line = String::new();
    for (at, (cell, width)) in row.iter().zip(widths).enumerate() {
        let text = cell.cut(*width);
        let is_last = row[at + 1..].iter().all(Cell::is_empty);
        let fill = if is_last { 0 } else { width.saturating_sub(text.width()) };
        line.push_str(&format!("{}{text}{:#}", cell.style, cell.style));
        if is_last {
            break;
        }
        line.push_str(&" ".repeat(fill));
        line.push_str(GAP);
    }
    line
}

const GAP: &str = "  ";

/// Columns that a column keeps however narrow the terminal is: a few letters and a `…`.
const LEAST_WIDTH: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["id", "title", "tags"]);
        for (id, title, tags) in
            [("abcdef", "Hand hygiene by the door", "#wards"), ("bcdefg", "手指衛生", "")]
        {
            table.row([id, title, tags].map(|text| Cell::new(text, Style::new())));
        }
        table
    }

    #[test]
    fn columns_line_up_whatever_the_script() {
        let lines = table().lines(None, Style::new());
        assert_eq!(lines[0], "id      title                     tags");
        assert_eq!(lines[1], "abcdef  Hand hygiene by the door  #wards");
        assert_eq!(lines[2], "bcdefg  手指衛生");
    }

    #[test]
    fn a_narrow_terminal_cuts_the_widest_column() {
        for line in table().lines(Some(30), Style::new()) {
            assert!(line.width() <= 30, "{line}");
        }
        assert!(table().lines(Some(30), Style::new())[1].contains("Hand hygiene… "));
    }

    #[test]
    fn the_end_of_a_cell_that_says_who_is_never_cut_off() {
        let mut table = Table::new(&["title", "by"]);
        let plain = Style::new();
        let name = "Ana Silva of the eleventh ward";
        table.row([Cell::new(name, plain), Cell::with_tail(name, " (abcdefgh)", plain)]);
        for width in [30, 40, 50, 200] {
            let line = &table.lines(Some(width), plain)[1];
            assert!(line.ends_with(" (abcdefgh)"), "{line}");
            assert!(line.width() <= width, "{line}");
        }
    }
}
