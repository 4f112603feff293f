# What subscribers read: the calendar of events by icalendar, the feed of news by feedparser, page after page.
import json
import sys
from urllib.parse import urljoin
from urllib.request import urlopen

import feedparser
from icalendar import Calendar

url = sys.argv[1]


def read(path):
    with urlopen(urljoin(url, path)) as answer:
        return answer.read()


window = "country=US"
events = json.loads(read(f"/v1/events?{window}&limit=1000"))["data"]
found = list(Calendar.from_ical(read(f"/v1/events?{window}&limit=1000&format=ics")).walk("VEVENT"))
same = len(found) == len(events) > 0
for event, row in zip(found, events):
    at = row["event_datetime"]
    day = at.endswith("T00:00:00Z")
    start = event["DTSTART"].dt
    same = same and str(event["UID"]) == row["id"] and str(event["SUMMARY"]) == row["event_name"]
    same = same and (start.isoformat() == at[:10] if day else start.strftime("%Y-%m-%dT%H:%M:%SZ") == at[:19] + "Z")
    same = same and (row["description"] or "") in str(event["DESCRIPTION"])

articles = json.loads(read("/v1/news?limit=30"))["data"]
entries, bad, page = [], False, urljoin(url, "/v1/news?limit=10&format=atom")
for _ in range(3):
    feed = feedparser.parse(page)
    bad = bad or feed.bozo or feed.version != "atom10"
    entries += feed.entries
    page = urljoin(page, next(link.href for link in feed.feed.links if link.rel == "next"))
alike = [
    (e.id, e.title, e.link, e.published[:19]) == (f"urn:uuid:{a['id']}", a["title"], a["url"], a["published_at"][:19])
    for e, a in zip(entries, articles)
]
print(json.dumps({"events": same, "well_formed": not bad, "articles": len(alike), "alike": all(alike)}))
