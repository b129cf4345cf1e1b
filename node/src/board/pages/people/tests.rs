//! Whom the pages of people show.

use axum::http::{StatusCode, header};
use commons_proto::kind::Kind;

use crate::board::testing::TestBoard;

#[tokio::test(flavor = "multi_thread")]
async fn people_are_found_by_what_they_say_and_those_without_a_profile_are_told() {
    let board = TestBoard::new().await;
    let empty = board.get("/people").await;
    assert!(empty.body.contains("Nobody has written anything yet."), "{}", empty.body);
    board.add(Kind::Idea, &[("title", "Bed sensors")]).await;
    let key = board.board.host().to_string();
    let without = board.get("/people").await.body;
    assert!(without.contains("Without a profile") && without.contains(&key), "{without}");
    let profile =
        [("name", "Ana <b>"), ("about", "A nurse"), ("skills", "R"), ("interests", "Beds")];
    board.add(Kind::Person, &profile).await;
    let all = board.get("/people").await.body;
    assert!(!all.contains("Without a profile"), "{all}");
    for shown in ["Ana &lt;b&gt;", "A nurse", "/people?skill=R", "/people?interest=Beds"] {
        assert!(all.contains(shown), "{shown} in {all}");
    }
    for fits in ["?q=nur+ana", "?skill=r", "?interest=beds&q=ANA"] {
        assert!(board.get(&format!("/people{fits}")).await.body.contains("A nurse"), "{fits}");
    }
    for other in ["?q=doctor", "?skill=Rust", "?interest=r"] {
        let body = board.get(&format!("/people{other}")).await.body;
        assert!(body.contains("Nobody here is like that.") && !body.contains("A nurse"), "{other}");
    }
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_reached_by_name_and_by_a_part_of_the_key() {
    let board = TestBoard::new().await;
    let project = board.add(Kind::Project, &[("title", "Soap")]).await;
    let idea = board.add(Kind::Idea, &[("title", "Bed sensors")]).await;
    board.add(Kind::Person, &[("name", "Ana"), ("about", "A nurse")]).await;
    let about = format!("commons:{}", project.id());
    board.add(Kind::Note, &[("text", &about)]).await;
    let key = board.board.host().to_string();
    let page = format!("/people/{key}");
    for typed in ["Ana", "ana", &key[..9], "me", &board.board.host().did().replace(':', "%3A")] {
        let answer = board.get(&format!("/people/{typed}")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{typed}");
        assert_eq!(answer.headers[header::LOCATION], page.as_str(), "{typed}");
    }
    let body = board.get(&page).await.body;
    let entry = format!("/entry/{}", idea.id());
    for shown in ["<h1><bdi>Ana</bdi></h1>", "A nurse", &key, &board.board.host().did(), &entry] {
        assert!(body.contains(shown), "{shown} in {body}");
    }
    let ideas = board.get(&format!("{page}?kind=idea")).await.body;
    assert!(ideas.contains("Bed sensors") && !ideas.contains("Soap"), "{ideas}");
    let nobody = board.get("/people/Nobody").await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
    assert!(nobody.body.contains("did:key"), "{}", nobody.body);
    board.node.stop().await;
}
