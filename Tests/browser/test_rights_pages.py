# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every page of rights, plan, training and policies: in English, Spanish and Farsi, light and dark, on the smallest phone,
as axe and as a screen reader's tree see it; and what a guide weighs."""

import gzip
import re

import pytest
import yaml
from server import ROOT

GUIDES = [yaml.safe_load(path.read_text()) for path in sorted((ROOT / "content/guides").glob("*.yaml")) if path.stem != "phrases"]
COURSES = sorted(path.stem for path in (ROOT / "content/courses").glob("*.yaml"))
POLICIES = sorted(path.stem for path in (ROOT / "content/policies").glob("*.yaml"))
CODES = ["en", "es"] + sorted(path.name for path in (ROOT / "content/languages").iterdir())
LIMIT = 30_000


def checks(guide: dict) -> list[str]:
    """The pages of a guide's checker: its questions and its ends."""
    checker = guide.get("checker")
    if not checker:
        return []
    ends = [part["id"] for part in checker["steps"] + checker["outcomes"]]
    return [f"/rights/{guide['id']}/check"] + [f"/rights/{guide['id']}/check/{name}" for name in ends]


PAGES = {
    "rights": ["/rights", "/rights/save", "/print", "/check-card"] + [f"/rights/{guide['id']}" for guide in GUIDES],
    "checker": [path for guide in GUIDES for path in checks(guide)],
    "plan": ["/plan", "/plan/blank"],
    "training": ["/training", "/training/check"]
    + [f"/training/{course}{part}" for course in COURSES for part in ("", "/notes", "/handout", "/quiz")],
    "policies": ["/policies"] + [f"/policies/{name}" for name in POLICIES],
}  # fmt: skip

# What a reader jumps by: each heading in the order of the page, and words in a letter that the page's language doesn't use.
OUTLINE = """() => {
    const seen = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter((one) => one.checkVisibility());
    return seen.map((one) => [Number(one.tagName[1]), one.textContent.trim().slice(0, 60)]);
}"""
# Latin words that a Farsi voice would spell: text of ten Latin letters or more whose nearest lang is the page's.
FOREIGN = """(code) => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
        const own = text.parentElement;
        if (own.closest("script, style, template, [aria-hidden=true], code, bdi, [translate=no]") || !own.checkVisibility()) continue;
        if (own.closest("[lang]").lang !== code) continue;
        // What stands on a paper is quoted as it stands there.
        if (/[A-Za-z][A-Za-z' ’-]{18,}[A-Za-z]/.test(text.data.replace(/[«“「][^»”」]*[»”」]/g, ""))) found.push(text.data.trim().slice(0, 120));
    }
    return found;
}"""


@pytest.mark.parametrize("area", PAGES)
@pytest.mark.parametrize("code, scheme", [("en", "light"), ("es", "light"), ("fa", "dark")])
def test_axe_and_the_outline_find_nothing(vecinos, tabs, accessible, area, code, scheme):
    # The page of copies makes all of them when it is first asked for: slow in a debug build on a busy machine.
    vecinos.ask("GET", "/rights/save", timeout=300)
    page = tabs(None, scheme)
    page.set_viewport_size({"width": 320, "height": 700})
    for path in PAGES[area]:
        answer = page.goto(f"{path}?lang={code}")
        assert answer.status == 200, path
        accessible(page, colors=scheme == "dark")
        html = page.locator("html")
        assert (html.get_attribute("lang"), html.get_attribute("dir")) == (code, "rtl" if code == "fa" else "ltr")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, f"{path} in {code} is wider than the phone"
        outline = page.evaluate(OUTLINE)
        assert [level for level, _ in outline].count(1) == 1, f"{path} in {code}: {outline}"
        jumps = [(one, next_) for one, next_ in zip(outline, outline[1:]) if next_[0] > one[0] + 1]
        assert not jumps, f"{path} in {code} leaves a level out: {jumps}"
        assert all(words for _, words in outline), f"{path} in {code} has an empty heading: {outline}"


def heard(page) -> list[tuple[str, str]]:
    """The browser's tree for screen readers in the order of reading: role and name."""
    session = page.context.new_cdp_session(page)
    nodes = {node["nodeId"]: node for node in session.send("Accessibility.getFullAXTree")["nodes"]}
    session.detach()
    found, todo = [], [next(node for node in nodes.values() if "parentId" not in node)]
    while todo:
        node = todo.pop()
        if not node.get("ignored"):
            found.append((node["role"]["value"], " ".join((node.get("name") or {}).get("value", "").split())))
        todo += [nodes[child] for child in reversed(node.get("childIds", [])) if child in nodes]
    return found


@pytest.mark.parametrize("code", ["en", "es", "fa"])
def test_a_screen_reader_is_given_every_guide_to_its_end_in_order_and_nothing_without_a_name(vecinos, tabs, code):
    page = tabs()
    page.set_viewport_size({"width": 390, "height": 844})
    facts = {one["id"]: one for one in vecinos.ask("GET", f"/api/v1/facts?lang={code}").json()["facts"]}
    for guide in GUIDES:
        page.goto(f"/rights/{guide['id']}?lang={code}")
        tree = heard(page)
        nameless = [role for role, name in tree if role in ("link", "button", "heading", "image", "region", "navigation") and not name]
        assert not nameless, f"{guide['id']} in {code}: {nameless}"
        text = " ".join(name for role, name in tree if role in ("StaticText", "heading", "link"))
        titles = [" ".join(title.split()) for title in page.locator(".leaf h2").all_inner_texts()]
        headings = [name for role, name in tree if role == "heading"]
        assert [name for name in headings if name in titles] == titles, f"{guide['id']} in {code} reads its cards in another order"
        for card in guide["cards"]:
            for name in card.get("facts") or []:
                for words in (facts[name]["statement"], facts[name]["means"]):
                    assert " ".join(words.split()) in text, f"{guide['id']} in {code} doesn't read {name}"


@pytest.mark.parametrize("area", PAGES)
def test_english_inside_another_language_says_that_it_is_english(tabs, area):
    page = tabs()
    found = {}
    for path in PAGES[area]:
        page.goto(f"{path}?lang=fa")
        found[path] = page.evaluate(FOREIGN, "fa")
    assert {path: words for path, words in found.items() if words} == {}


@pytest.mark.parametrize("code", CODES)
def test_a_guide_is_light_enough_for_a_weak_signal(vecinos, code):
    for guide in GUIDES:
        answer = vecinos.ask("GET", f"/rights/{guide['id']}?lang={code}", headers={"Accept-Encoding": "gzip"})
        assert answer.headers["Content-Encoding"] == "gzip"
        assert f'lang="{code}"' in gzip.decompress(answer.body).decode()[:200]
        assert len(answer.body) <= LIMIT, f"{guide['id']} in {code}: {len(answer.body)} bytes"


@pytest.mark.parametrize("code", ["en", "es", "fa"])
def test_a_first_visit_to_a_guide_with_style_pictures_and_scripts_is_as_light(visit, code):
    page = visit("/healthz")
    done = []
    page.context.on("requestfinished", lambda request: done.append(request))
    page.goto(f"/rights/home?lang={code}")
    # Chromium now and then never calls a network idle whose worker it stopped.
    seen = 0
    while len(done) > seen:
        seen = len(done)
        page.wait_for_timeout(1_500)
    parts = {re.sub(r"^http://[^/]+", "", request.url): request.sizes()["responseBodySize"] for request in done}
    assert not any(path.startswith(("/static/app.css", "/static/early.js")) for path in parts), "a guide waits for nothing"
    assert 0 < sum(parts.values()) <= LIMIT, parts


# How each element of a page stands and looks, with what rules put before and after it; then again with the whole style sheet
# in place of the rules that the page carries. Gives what differs.
COMPARE = """async () => {
    const names = [...getComputedStyle(document.body)].filter((name) => !name.startsWith("--"));
    const all = [...document.body.querySelectorAll("*")].filter((one) => !one.closest("script, style"));
    const look = () => all.map((one) => {
        const box = one.getBoundingClientRect();
        return [null, "::before", "::after"].map((part) => {
            const style = getComputedStyle(one, part);
            return part && style.content === "none" ? "" : names.map((name) => style.getPropertyValue(name)).join("|");
        }).concat(`${box.x} ${box.y} ${box.width} ${box.height}`);
    });
    const carried = look();
    const whole = document.createElement("link");
    whole.rel = "stylesheet";
    whole.href = "/static/app.css";
    await new Promise((done) => { whole.onload = done; document.head.append(whole); });
    document.querySelector("style").remove();
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const differ = [];
    look().forEach((parts, index) => parts.forEach((now, part) => {
        const before = carried[index][part];
        if (now === before) return;
        const at = now.split("|").findIndex((value, place) => value !== before.split("|")[place]);
        differ.push(`${all[index].tagName}.${all[index].className} ${part}: ${names[at]}: ${before.split("|")[at]} / ${now.split("|")[at]}`);
    }));
    return { seen: all.length, differ: differ.slice(0, 6) };
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("code", "width", "media"), [
    ("en", 320, "screen"), ("es", 1280, "screen"), ("fa", 390, "screen"), ("en", 800, "print"),
])  # fmt: skip
def test_the_rules_a_guide_carries_are_all_that_it_needs(tabs, scheme, code, width, media):
    page = tabs(None, scheme)
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(media=media)
    for path in ["/rights/home", "/rights/taken", "/rights/warrant", PAGES["checker"][0], PAGES["checker"][-1]]:
        page.goto(f"{path}?lang={code}")
        page.wait_for_load_state("networkidle")
        result = page.evaluate(COMPARE)
        assert result["seen"] > 60 and not result["differ"], f"{path}: {result}"
