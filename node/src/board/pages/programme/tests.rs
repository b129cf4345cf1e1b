//! What the page of the programme shows.

use axum::http::header;
use commons_proto::edit::Value;
use commons_proto::kind::Kind;

use crate::board::testing::TestBoard;
use crate::when;

/// A session from then on for this many minutes.
async fn session(board: &TestBoard, title: &str, start: u64, minutes: u64, place: &str) -> String {
    let number = |seconds: u64| vec![Value::Number(i64::try_from(seconds).unwrap())];
    let mut fields = vec![("title", vec![title.into()]), ("place", vec![place.into()])];
    fields.push(("start", number(start)));
    fields.push(("end", number(start + minutes * 60)));
    fields.push(("workstream", vec!["#Wards".into()]));
    board.add_values(Kind::Session, &fields).await.id().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_a_timetable_by_place_that_tells_what_clashes_and_what_goes_on() {
    let board = TestBoard::new().await;
    let empty = board.get("/programme").await.body;
    assert!(empty.contains("Nothing is on the programme yet."), "{empty}");
    board.add(Kind::Session, &[("title", "Some day")]).await;
    let now = when::now();
    session(&board, "Bed sensors", now, 30, "Hall").await;
    session(&board, "Soap <b>", now, 60, "Hall").await;
    session(&board, "Tea", now, 30, "Kitchen").await;
    session(&board, "Next year", now + 400 * 24 * 3600, 30, "Hall").await;
    let day_of = |time| when::local(time)[..10].to_owned();
    let today = board.get(&format!("/programme?day={}", day_of(now))).await.body;
    for shown in
        ["Bed sensors", "Soap &lt;b&gt;", "2 sessions clash", "Some day", "Kitchen</bdi></th>"]
    {
        assert!(today.contains(shown), "{shown} in {today}");
    }
    assert!(today.contains("Clashes with <a href=\"#session-"), "{today}");
    assert!(today.contains("<th scope=\"col\" colspan=\"2\"><bdi>Hall</bdi></th>"), "{today}");
    assert_eq!(today.matches("class=\"session now").count(), 3, "{today}");
    assert!(!today.contains("Next year"), "{today}");
    let other = board.get(&format!("/programme?day={}", day_of(now + 400 * 24 * 3600))).await.body;
    assert!(other.contains("Next year") && !other.contains("Bed sensors"), "{other}");
    let none = board.get("/programme?workstream=soap").await.body;
    assert!(!none.contains("Bed sensors") && none.contains("workstream=wards"), "{none}");
    let wards = board.get(&format!("/programme?workstream=WARDS&day={}", day_of(now))).await.body;
    assert!(wards.contains("Bed sensors") && !wards.contains("Some day"), "{wards}");
    assert_eq!(board.get("/programme?day=soon").await.status, 400);
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calendar_has_every_session_with_a_start() {
    let board = TestBoard::new().await;
    board.add(Kind::Session, &[("title", "Some day")]).await;
    let id = session(&board, "Bed sensors", 1_795_339_800, 45, "Hall").await;
    let page = board.get("/programme").await.body;
    assert!(page.contains("http://127.0.0.1:7117/programme.ics"), "{page}");
    let answer = board.get("/programme.ics").await;
    assert_eq!(answer.headers[header::CONTENT_TYPE], "text/calendar; charset=utf-8");
    assert!(answer.body.contains(&format!("UID:{id}@commons")[..60]), "{}", answer.body);
    assert_eq!(answer.body.matches("BEGIN:VEVENT").count(), 1, "{}", answer.body);
    let none = board.get("/programme.ics?workstream=soap").await.body;
    assert!(none.starts_with("BEGIN:VCALENDAR") && !none.contains("VEVENT"), "{none}");
    board.node.stop().await;
}
