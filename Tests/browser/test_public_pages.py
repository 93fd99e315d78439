# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every public page owes everybody: it fits a small phone, in light and dark, and works with assistive tools."""

import pytest

PUBLIC = ["/", "/report", "/report/answer", "/now", "/rights", "/help", "/about", "/privacy", "/sign-in"]


@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visit, accessible, path, scheme):
    accessible(visit(path, scheme=scheme))


@pytest.mark.parametrize("path", PUBLIC)
def test_320_pixels_need_no_sideways_scroll(visit, path):
    page = visit(path, width=320)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("path", PUBLIC)
def test_it_is_whole_without_a_script(visit, path):
    page = visit(path, script=False)
    assert page.locator("h1").count() == 1
    assert page.locator("main").inner_text().strip()


@pytest.mark.parametrize("path", PUBLIC)
def test_spanish_is_spoken_to_who_reads_spanish(visit, path):
    assert visit(path, language="es").locator("html").get_attribute("lang") == "es"


@pytest.mark.parametrize("path", PUBLIC)
def test_a_first_visit_weighs_at_most_60_kB(visit, path):
    page = visit("/healthz")
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    weights = []
    session.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
    page.goto(path)
    page.wait_for_load_state("networkidle")
    assert 0 < sum(weights) <= 60_000
