//! Where each session stands in a day's timetable: a row from each moment at which something begins or
//! ends to the next, a column for each place, as many lanes in it as sessions overlap there.

use std::collections::{BTreeMap, BTreeSet};

use crate::programme::Slot;

/// A day's timetable.
#[derive(Debug)]
pub(super) struct Grid<'s> {
    /// The places, by name; sessions without one stand last.
    pub(super) places: Vec<Column<'s>>,
    /// When the rows begin; the last one ends with the last of these.
    pub(super) moments: Vec<u64>,
}

/// A place.
#[derive(Debug)]
pub(super) struct Column<'s> {
    /// What it is called; `None` for that of sessions without a place.
    pub(super) place: Option<&'s str>,
    /// How many sessions stand side by side in it at most.
    pub(super) lanes: usize,
    clusters: Vec<Cluster<'s>>,
}

/// Sessions in one place that overlap, each with the next at least.
#[derive(Debug)]
struct Cluster<'s> {
    start: u64,
    end: u64,
    /// The sessions of each lane, one after the other.
    lanes: Vec<Vec<&'s Slot>>,
}

/// What stands where a row and a place meet.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cell<'s> {
    /// Nothing, over so many lanes.
    Free { lanes: usize },
    /// A session that begins here and takes so many rows and lanes.
    Session { slot: &'s Slot, rows: usize, lanes: usize },
}

impl<'s> Grid<'s> {
    /// The timetable of these sessions of a day, which are in the order of their starts; `None` if
    /// they are better read one below the other.
    pub(super) fn new(slots: &[&'s Slot]) -> Option<Self> {
        // By name; what has no place comes last.
        let mut places: BTreeMap<(bool, String), Vec<&'s Slot>> = BTreeMap::new();
        let mut moments = BTreeSet::new();
        for slot in slots {
            let (start, end) = span(slot)?;
            moments.extend([start, end]);
            let key = slot.place.as_deref().map(str::to_lowercase);
            places.entry((key.is_none(), key.unwrap_or_default())).or_default().push(slot);
        }
        let places: Vec<Column> = places.values().map(|slots| Column::new(slots)).collect();
        let columns: usize = places.iter().map(|column| column.lanes).sum();
        let is_readable = (1..=COLUMNS).contains(&columns) && moments.len() <= ROWS;
        is_readable.then(|| Self { places, moments: moments.into_iter().collect() })
    }

    /// The rows: when each begins and ends.
    pub(super) fn rows(&self) -> impl Iterator<Item = (u64, u64)> {
        self.moments.windows(2).map(|pair| (pair[0], pair[1]))
    }

    /// What stands in this place in the row that begins then; a session that goes on from an earlier
    /// row is not among it.
    pub(super) fn cells(&self, column: &Column<'s>, row: u64) -> Vec<Cell<'s>> {
        let on = column.clusters.iter().find(|cluster| cluster.start <= row && row < cluster.end);
        let Some(cluster) = on else { return vec![Cell::Free { lanes: column.lanes }] };
        let mut cells = Vec::new();
        for (at, lane) in cluster.lanes.iter().enumerate() {
            // The last lane takes the room of those that are needed at other times only.
            let is_last = at + 1 == cluster.lanes.len();
            let lanes = if is_last { column.lanes - at } else { 1 };
            let spans = lane.iter().filter_map(|slot| span(slot).map(|span| (slot, span)));
            match spans.clone().find(|(_, (start, end))| *start <= row && row < *end) {
                None => cells.push(Cell::Free { lanes }),
                Some((slot, (start, end))) if start == row => {
                    let rows =
                        self.moments.iter().filter(|time| (start..end).contains(time)).count();
                    cells.push(Cell::Session { slot, rows, lanes });
                }
                Some(_) => {}
            }
        }
        cells
    }
}

impl<'s> Column<'s> {
    /// The place of these sessions, which are in the order of their starts.
    fn new(slots: &[&'s Slot]) -> Self {
        let place = slots.first().and_then(|slot| slot.place.as_deref());
        let mut clusters: Vec<Cluster> = Vec::new();
        for slot in slots {
            let Some((start, end)) = span(slot) else { continue };
            match clusters.last_mut().filter(|cluster| start < cluster.end) {
                Some(cluster) => cluster.add(slot, start, end),
                None => clusters.push(Cluster { start, end, lanes: vec![vec![*slot]] }),
            }
        }
        let lanes = clusters.iter().map(|cluster| cluster.lanes.len()).max().unwrap_or(1);
        Self { place, lanes, clusters }
    }
}

impl<'s> Cluster<'s> {
    /// Adds a session that begins no earlier than the others, to the first lane that is free then.
    fn add(&mut self, slot: &'s Slot, start: u64, end: u64) {
        self.end = self.end.max(end);
        let is_free = |lane: &&mut Vec<&Slot>| {
            lane.last().and_then(|last| span(last)).is_none_or(|(_, last)| last <= start)
        };
        match self.lanes.iter_mut().find(is_free) {
            Some(lane) => lane.push(slot),
            None => self.lanes.push(vec![slot]),
        }
    }
}

/// From when to when a session stands in the timetable: one of which no end is known for
/// [`UNKNOWN`], and none for more than [`LONGEST`].
fn span(slot: &Slot) -> Option<(u64, u64)> {
    let start = slot.start?;
    let end = slot.end.unwrap_or_else(|| start.saturating_add(UNKNOWN));
    Some((start, end.min(start.saturating_add(LONGEST))))
}

/// Lanes that stand side by side at most: more do not fit a screen.
const COLUMNS: usize = 8;

/// Rows of a timetable at most: one every ten minutes.
const ROWS: usize = 150;

/// Seconds that a session takes of which no end is known.
const UNKNOWN: u64 = 30 * 60;

/// Seconds that a session takes in the timetable at most: it says itself when it ends.
const LONGEST: u64 = 16 * 60 * 60;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programme::testing::slot;

    /// The cells of each row as letters: `-` free, a session by its number, with rows and lanes.
    fn drawn(slots: &[Slot]) -> Vec<String> {
        let slots: Vec<&Slot> = slots.iter().collect();
        let grid = Grid::new(&slots).unwrap();
        let cell = |cell: Cell| match cell {
            Cell::Free { lanes } => format!("-{lanes}"),
            Cell::Session { slot, rows, lanes } => {
                format!("{}:{rows}x{lanes}", slot.summary.id.0[0])
            }
        };
        let row = |(start, _)| {
            let cells = grid.places.iter().flat_map(|column| grid.cells(column, start));
            cells.map(cell).collect::<Vec<_>>().join(" ")
        };
        grid.rows().map(row).collect()
    }

    #[test]
    fn sessions_span_their_time_in_the_column_of_their_place() {
        let slots =
            [slot(1, 0, 60, "A", ""), slot(2, 30 * 60, 30, "B", ""), slot(3, 5400, 30, "A", "")];
        assert_eq!(drawn(&slots), ["1:2x1 -1", "2:1x1", "-1 -1", "3:1x1 -1"]);
    }

    #[test]
    fn those_that_overlap_in_one_place_stand_side_by_side() {
        let slots = [
            slot(1, 0, 60, "Hall", ""),
            slot(2, 1800, 60, "hall", ""),
            slot(3, 3600, 30, "Hall", ""),
            slot(4, 7200, 30, "Hall", ""),
        ];
        assert_eq!(drawn(&slots), ["1:2x1 -1", "2:2x1", "3:1x1", "-2", "4:1x2"]);
    }

    #[test]
    fn sessions_without_a_place_stand_last_and_without_an_end_for_a_while() {
        let slots = [slot(1, 0, 0, "", ""), slot(2, 0, 60, "Z", "")];
        assert_eq!(drawn(&slots), ["2:2x1 1:1x1", "-1"]);
        let slots: Vec<&Slot> = slots.iter().collect();
        let places: Vec<_> =
            Grid::new(&slots).unwrap().places.iter().map(|one| one.place).collect();
        assert_eq!(places, [Some("Z"), None]);
    }

    #[test]
    fn what_does_not_fit_is_not_drawn() {
        let many: Vec<Slot> = (0..9).map(|number| slot(number, 0, 60, "Hall", "")).collect();
        assert!(Grid::new(&many.iter().collect::<Vec<_>>()).is_none());
        let times = (0..200).map(|number| slot(number, u64::from(number) * 600, 10, "Hall", ""));
        let times: Vec<Slot> = times.collect();
        assert!(Grid::new(&times.iter().collect::<Vec<_>>()).is_none());
        assert!(Grid::new(&[]).is_none());
        let endless = Slot { end: Some(u64::MAX), ..slot(1, 600, 10, "Hall", "") };
        assert_eq!(drawn(&[endless, slot(2, 600, 10, "B", "")]), ["2:1x1 1:2x1", "-1"]);
    }
}
