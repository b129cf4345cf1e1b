"""Reads what was taken out with other people's libraries, and prints what is in it as JSON."""

import csv
import json
import sys
from pathlib import Path


def atom(path):
    import feedparser

    feed = feedparser.parse(path)
    assert not feed.bozo, feed.bozo_exception
    return [
        {
            "id": entry.id,
            "title": entry.title,
            "authors": [author.name for author in entry.authors],
            "tags": sorted(tag.term for tag in entry.get("tags", [])),
            "updated": entry.updated,
            "content": entry.content[0].value,
        }
        for entry in feed.entries
    ]


def ical(path):
    import icalendar

    calendar = icalendar.Calendar.from_ical(Path(path).read_bytes())
    assert not calendar.errors
    return [
        {
            "uid": str(event["UID"]),
            "title": str(event["SUMMARY"]),
            "start": event["DTSTART"].dt.isoformat(),
            "end": event["DTEND"].dt.isoformat(),
            "place": str(event["LOCATION"]),
        }
        for event in calendar.walk("VEVENT")
        if not event.errors
    ]


def table(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, strict=True))


def bookmarks(path):
    import buku
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(Path(path).read_text(encoding="utf-8"), "html.parser")
    return [
        {"url": found[0], "title": found[1], "tags": found[2]}
        for found in buku.import_html(soup, False, None)
    ]


def datapackage(path):
    from frictionless import Package, system, validate

    with system.use_context(trusted=True):
        report = validate(path, type="package")
        assert report.valid, report.flatten(["type", "note"])
        package = Package(path)
        return {
            "licences": [licence["name"] for licence in package.licenses],
            "contributors": [somebody["title"] for somebody in package.contributors],
            "tables": {
                resource.name: [row.to_dict(json=True) for row in resource.read_rows()]
                for resource in package.resources
            },
        }


def markdown(path):
    import yaml

    pages = []
    for file in sorted(Path(path).rglob("*.md")):
        _, front, text = file.read_text(encoding="utf-8").split("---\n", 2)
        pages.append(yaml.safe_load(front) | {"text": text.strip()})
    return pages


formats = {
    "atom": atom,
    "ical": ical,
    "csv": table,
    "bookmarks": bookmarks,
    "datapackage": datapackage,
    "markdown": markdown,
}
print(json.dumps(formats[sys.argv[1]](sys.argv[2]), default=str))
