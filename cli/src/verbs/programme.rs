//! `programme`: the sessions by day and time, with what clashes.

use commons_node::json;
use commons_node::programme::{Slot, programme};
use jiff::Zoned;

use crate::context::Context;
use crate::error::CliError;
use crate::output::table::{Cell, Table};
use crate::output::{FAINT, ID, STRONG, TAG, WARNING, escape, say, styled};
use commons_node::when;

/// Show the programme: sessions by time, clashes marked
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  commons programme --day today\n  commons programme --workstream wards"
)]
pub(crate) struct Programme {
    /// Only this day: today, tomorrow, 2026-11-22
    #[arg(long, value_name = "DAY")]
    day: Option<String>,
    /// Only this workstream
    #[arg(long, value_name = "WORD")]
    workstream: Option<String>,
}

/// Runs the verb.
pub(crate) fn run(verb: &Programme, context: &mut Context) -> Result<(), CliError> {
    let now = Zoned::now();
    let day = verb.day.as_deref().map(|typed| when::parse(typed, &now)).transpose();
    let day = day.map_err(CliError::usage)?.map(when::day);
    let store = context.reader()?;
    let mut slots = programme(&store)?;
    let nothing_at_all = slots.is_empty();
    slots.retain(|slot| {
        let on_day = day.as_ref().is_none_or(|day| slot.start.map(when::day).as_ref() == Some(day));
        on_day && verb.workstream.as_ref().is_none_or(|wanted| slot.is_of_workstream(wanted))
    });
    if context.out.is_json() {
        for slot in &slots {
            context.out.json(&json::Session::from(slot))?;
        }
        return Ok(());
    }
    if nothing_at_all {
        say("Nothing is on the programme yet: commons add-session TITLE --start 14:30 --end 45m");
        return Ok(());
    }
    if slots.is_empty() {
        say("Nothing on the programme is like that.");
        return Ok(());
    }
    let mut last = None;
    let mut table = heading();
    for slot in &slots {
        let on = slot.start.map_or_else(|| "Not yet at any time".to_owned(), when::day);
        if last.as_ref() != Some(&on) {
            if last.is_some() {
                context.out.table(&table)?;
                context.out.line("")?;
                table = heading();
            }
            context.out.line(styled(&on, STRONG))?;
            last = Some(on);
        }
        row(&mut table, slot);
    }
    context.out.table(&table)?;
    context.out.flush()?;
    let clashes = slots.iter().filter(|slot| !slot.clashes.is_empty());
    for slot in clashes {
        let title = escape::line(&slot.summary.title);
        for clash in &slot.clashes {
            let with = slots.iter().find(|other| other.summary.id == clash.with);
            let with =
                with.map_or_else(|| "another".to_owned(), |other| other.summary.short.clone());
            let over = escape::line(&clash.over);
            let said = format!("{} “{title}” clashes with {with}: {over}", slot.summary.short);
            say(styled(said, WARNING));
        }
    }
    Ok(())
}

fn heading() -> Table {
    Table::new(&["time", "id", "session", "place", "workstream", "with"])
}

fn row(table: &mut Table, slot: &Slot) {
    let time = match (slot.start, slot.end) {
        (Some(start), Some(end)) => format!("{}–{}", when::clock(start), when::clock(end)),
        (Some(start), None) => when::clock(start),
        _ => String::new(),
    };
    let title = match slot.clashes.is_empty() {
        true => slot.summary.title.clone(),
        false => format!("[clash] {}", slot.summary.title),
    };
    let plain = anstyle::Style::new();
    table.row([
        Cell::new(&time, plain),
        Cell::new(&slot.summary.short, ID),
        Cell::new(&title, if slot.clashes.is_empty() { STRONG } else { WARNING }),
        Cell::new(slot.place.as_deref().unwrap_or_default(), plain),
        Cell::new(slot.workstream.as_deref().unwrap_or_default(), TAG),
        Cell::new(&slot.leads.join(", "), FAINT),
    ]);
}
