"""Writes files with other people's libraries: make.py WHAT FILE."""

import csv
import sys
from datetime import date, datetime, timezone
from zoneinfo import ZoneInfo


def calendar(path):
    import icalendar

    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//hack day//programme//EN")
    calendar.add("version", "2.0")
    talk = icalendar.Event()
    talk.add("uid", "talk-1")
    talk.add("summary", "Soap, water; and why")
    talk.add("dtstart", datetime(2026, 7, 1, 9, 30, tzinfo=ZoneInfo("Europe/London")))
    talk.add("dtend", datetime(2026, 7, 1, 10, 15, tzinfo=ZoneInfo("Europe/London")))
    talk.add("location", "Room 2")
    talk.add("categories", ["Hygiene", "Ward 3"])
    talk.add("description", "A line that is long enough to be folded by whoever writes it, as the "
             "standard wants it after seventy-five octets.\nAnd a second one: Hände.")
    organizer = icalendar.vCalAddress("MAILTO:nobody" + "@" + "example.org")
    organizer.params["cn"] = icalendar.vText("Ana Silva")
    talk["organizer"] = organizer
    calendar.add_component(talk)
    day = icalendar.Event()
    day.add("uid", "day-1")
    day.add("summary", "Hack day")
    day.add("dtstart", date(2026, 7, 2))
    day.add("rrule", {"freq": "yearly"})
    calendar.add_component(day)
    calendar.add_missing_timezones()
    with open(path, "wb") as file:
        file.write(calendar.to_ical())


def feed(path):
    from feedgen.feed import FeedGenerator

    feed = FeedGenerator()
    feed.id("https://example.org/blog")
    feed.title("Ward notes")
    feed.link(href="https://example.org/blog", rel="alternate")
    feed.description("What we see")
    feed.rights("CC-BY-4.0")
    for number in range(3):
        entry = feed.add_entry(order="append")
        entry.id(f"https://example.org/blog/{number}")
        entry.title(f"Soap & water, part {number}")
        entry.link(href=f"https://example.org/blog/{number}")
        entry.author(name="Ana Silva")
        entry.category(term="hygiene")
        entry.published(datetime(2026, 10, 24, 9, number, tzinfo=timezone.utc))
        kind = "html" if path.endswith(".atom") else "CDATA"
        entry.content("<p>Wash <b>well</b>.</p><ul><li>soap</li><li>water</li></ul>", type=kind)
    (feed.atom_file if path.endswith(".atom") else feed.rss_file)(path)


def package(path):
    from frictionless import Package, Resource

    package = Package(
        name="beds",
        title="Beds by ward",
        description="How many there are, counted each night.",
        homepage="https://example.org/beds",
        keywords=["beds", "wards"],
        licenses=[{"name": "ODC-PDDL-1.0", "path": "http://opendatacommons.org/licenses/pddl/"}],
        contributors=[{"title": "Ana Silva", "role": "author"}],
        resources=[Resource(name="counts", path="https://example.org/beds.csv", format="csv")],
    )
    package.to_json(path)


def board(path):
    from frictionless import Package, Resource

    projects = [
        {"id": 7, "name": "Bed sensors", "summary": "A mat", "longtext": "It counts **turns**.",
         "hashtag": "beds", "source_url": "https://example.org/code", "is_challenge": False},
        {"id": 8, "name": "Quiet rooms", "summary": "Less noise", "is_challenge": True},
    ]
    people = [{"username": "ana", "name": "Ana Silva"}]
    Package(
        name="event-1",
        title="Hack day",
        sources=[{"title": "board", "path": "https://example.org"}],
        resources=[
            Resource(name="events", data=[{"name": "Hack day"}]),
            Resource(name="projects", data=projects),
            Resource(name="users", data=people),
        ],
    ).to_json(path)


def bookmarks(path):
    import os
    import tempfile

    os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp()
    import buku

    store = buku.BukuDb(dbfile=os.path.join(os.environ["XDG_DATA_HOME"], "b.db"))
    for number in range(3):
        store.add_rec(
            f"https://example.org/page/{number}",
            title_in=f"Soap & water <{number}>",
            tags_in=",hygiene,ward 3,",
            desc=f"Why it works, {number}.",
            fetch=False,
        )
    store.exportdb(path)
    store.close()


def table(path):
    with open(path, "w", newline="", encoding="utf-16") as file:
        rows = csv.writer(file, dialect="excel-tab")
        rows.writerow(["Title", "Speaker", "Start", "Room", "Notes", "Shoe size"])
        rows.writerow(["Soap", "Ana Silva", "2026-07-01 09:30", "2", 'Two\nlines, "quoted"', 44])


def page(path):
    import yaml

    front = {
        "title": "Soap: a study",
        "date": date(2026, 10, 24),
        "tags": ["hygiene", "ward 3"],
        "kind": "resource",
        "url": "https://example.org/study",
        "description": "What #1 says: 'wash'",
    }
    with open(path, "w", encoding="utf-8") as file:
        file.write("---\n" + yaml.safe_dump(front, allow_unicode=True) + "---\n\nWash well.\n")


{name: maker for name, maker in globals().items() if callable(maker)}[sys.argv[1]](sys.argv[2])
