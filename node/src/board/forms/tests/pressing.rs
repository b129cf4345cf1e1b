//! Comments, endorsements, teams; versions; what is erased; what is kept for this node alone.

use super::*;
use crate::store::{Followed, Target};
use commons_proto::edit::Value;

async fn add(board: &TestBoard, kind: &str) -> EntryId {
    entry_of(&board.post(&format!("/new/{kind}"), &[("title", "Beds")]).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_commented_on_and_endorsed_once() {
    let board = TestBoard::new().await;
    let entry = add(&board, "idea").await;
    let page = format!("/entry/{entry}");
    let answer = board.post(&format!("{page}/comment"), &[("text", "And at night?")]).await;
    assert_eq!(led(&answer), page);
    let answer = board.post(&format!("{page}/comment"), &[("text", " ")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let comments = list(&board, Kind::Comment).await;
    assert_eq!((comments.len(), comments[0].title.as_str()), (1, "And at night?"));
    for _ in 0..2 {
        let answer = board.post(&format!("{page}/endorse"), &[("endorse", "yes")]).await;
        assert_eq!(led(&answer), page);
    }
    assert_eq!(list(&board, Kind::Endorsement).await.len(), 1);
    board.post(&format!("{page}/endorse"), &[("endorse", "no")]).await;
    assert!(list(&board, Kind::Endorsement).await.is_empty());
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_is_joined_with_a_role_and_left() {
    let board = TestBoard::new().await;
    let project = add(&board, "project").await;
    let page = format!("/entry/{project}");
    for role in ["", "front end", "front end"] {
        let answer = board.post(&format!("{page}/join"), &[("role", role)]).await;
        assert_eq!(led(&answer), page);
    }
    let memberships = list(&board, Kind::Membership).await;
    assert_eq!((memberships.len(), memberships[0].title.as_str()), (1, "front end"));
    assert!(board.get(&format!("{page}/join")).await.body.contains("value=\"front end\""));
    board.post(&format!("{page}/leave"), &[]).await;
    assert!(list(&board, Kind::Membership).await.is_empty());
    let idea = add(&board, "idea").await;
    let answer = board.post(&format!("/entry/{idea}/join"), &[("role", "x")]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_brought_back_and_that_is_undone() {
    let board = TestBoard::new().await;
    let entry = add(&board, "idea").await;
    board.post(&format!("/entry/{entry}/edit"), &[("title", "Quiet beds")]).await;
    let first = entry.to_string();
    let answer = board.post(&format!("/entry/{entry}/restore"), &[("version", &first)]).await;
    assert_eq!(entry_of(&answer), entry);
    assert_eq!(view(&board, entry).await.summary.title, "Beds");
    let question = board.get("/undo").await;
    let last = hidden(&question, "last");
    assert_eq!(entry_of(&board.post("/undo", &[("last", &last)]).await), entry);
    assert_eq!(view(&board, entry).await.summary.title, "Quiet beds");
    let answer = board.post("/undo", &[("last", &last)]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "something else is the last thing now");
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_is_settled_by_choosing() {
    let board = TestBoard::new().await;
    let entry = add(&board, "idea").await;
    let base = view(&board, entry).await;
    for title in ["one", "other"] {
        let mut wanted = commons_proto::entry::Wanted::new();
        wanted.set("title", [title.into()]);
        let now = crate::compose::edit::Base {
            view: base.clone(),
            parents: base.heads.clone(),
            state: base.state.clone(),
        };
        let composed = crate::board::write::Composed::of(now.draft(&wanted, None).unwrap());
        crate::board::write::write(&board.board, composed).await.unwrap();
    }
    let conflicting = view(&board, entry).await;
    assert_eq!(conflicting.summary.conflicts, 1);
    let loser = conflicting.state.held("title")[1].clone();
    let by = loser.by.to_string();
    let settle = format!("/entry/{entry}/settle");
    board.post(&settle, &[("field", "title"), ("by", &by)]).await;
    let settled = view(&board, entry).await;
    assert_eq!(settled.summary.conflicts, 0);
    assert_eq!(settled.state.single("title"), loser.value.as_ref());
    let answer = board.post(&settle, &[("field", "title"), ("by", &by)]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_says_what_goes_and_stays_and_then_it_is_gone() {
    let board = TestBoard::new().await;
    let entry = add(&board, "idea").await;
    board.post(&format!("/entry/{entry}/edit"), &[("title", "Quiet beds")]).await;
    let page = format!("/entry/{entry}/erase");
    let question = board.get(&page).await;
    for words in [
        "all of it",
        "The words of 2 contributions go for good, here and on every node that hears of it. What \
         others wrote stays; so does what somebody has copied.",
        "Erase that?",
    ] {
        assert!(question.body.contains(words), "{words}: {}", question.body);
    }
    assert_eq!(list(&board, Kind::Idea).await.len(), 1);
    let history = board.board.read(move |store| Ok(store.history(&entry)?)).await.unwrap();
    let second = history[1].record.id.to_string();
    let answer = board.post(&page, &[("version", &second)]).await;
    assert_eq!(led(&answer), "/erased");
    assert_eq!(view(&board, entry).await.summary.title, "Beds");
    assert_eq!(led(&board.post(&page, &[]).await), "/erased");
    assert!(list(&board, Kind::Idea).await.is_empty());
    let told = board.get("/erased").await;
    assert!(told.body.contains("Erased here."), "{}", told.body);
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_forgotten_leaves_nothing_and_may_go_on() {
    let board = TestBoard::new().await;
    add(&board, "idea").await;
    board.post("/profile", &[("name", "Ana")]).await;
    let question = board.get("/forget-me").await;
    assert!(question.body.contains("The words of 2 contributions go for good"));
    assert_eq!(led(&board.post("/forget-me", &[]).await), "/erased");
    assert!(list(&board, Kind::Idea).await.is_empty());
    assert!(list(&board, Kind::Person).await.is_empty());
    assert!(board.get("/forget-me").await.body.contains("Nothing to erase"));
    add(&board, "idea").await;
    assert_eq!(list(&board, Kind::Idea).await.len(), 1);
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_host_mutes_and_follows_and_it_is_kept() {
    let board = TestBoard::new().await;
    let entry = add(&board, "idea").await;
    let mute = format!("/entry/{entry}/mute");
    let author = commons_proto::author::AuthorKey::from_secret(&[7; 32]).author();
    let guest = author.to_string();
    let answer = post_as_guest(&board, &mute, Some(&guest), &[("on", "yes")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(led(&board.post(&mute, &[("on", "yes")]).await), format!("/entry/{entry}"));
    let is_muted = move |store: &crate::store::Store| Ok(store.is_muted(&Target::Entry(entry))?);
    assert!(board.board.read(is_muted).await.unwrap());
    board.post(&mute, &[("on", "no")]).await;
    assert!(!board.board.read(is_muted).await.unwrap());
    let own = format!("/people/{}/mute", board.board.host());
    assert_eq!(board.post(&own, &[("on", "yes")]).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(led(&board.post("/tags/wards/follow", &[("on", "yes")]).await), "/tags/wards");
    board.post(&format!("/people/{guest}/follow"), &[("on", "yes")]).await;
    board.post(&format!("/entry/{entry}/follow"), &[("on", "yes")]).await;
    let followed = board.board.read(|store| Ok(store.followed()?)).await.unwrap();
    let followed: Vec<Followed> = followed.into_iter().map(|(one, _)| one).collect();
    for one in [Followed::Tag("wards".into()), Followed::Author(author), Followed::Entry(entry)] {
        assert!(followed.contains(&one), "{one:?}");
    }
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_grows_from_an_idea_that_its_address_names() {
    let board = TestBoard::new().await;
    let idea = add(&board, "idea").await;
    let short = view(&board, idea).await.summary.short;
    let form = board.get(&format!("/new/project?ideas={short}")).await;
    assert!(form.body.contains(&format!("name=\"ideas\" value=\"{short}\"")), "{}", form.body);
    let answer = board.post("/new/project", &[("title", "Mat"), ("ideas", &short)]).await;
    let project = view(&board, entry_of(&answer)).await;
    let ideas: Vec<&Value> = project.state.set("ideas").collect();
    assert_eq!(ideas, [&Value::Entry(idea)]);
    let form = board.get(&format!("/entry/{}/edit", project.summary.id)).await;
    assert!(form.body.contains(&format!("name=\"ideas\" value=\"{short}\"")), "{}", form.body);
    board.node.stop().await;
}
