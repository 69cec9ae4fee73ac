#!/usr/bin/env python3
"""The dashboard in a real headless Chromium, with the shop behind it. Skipped where there is no Chromium (apt-get install chromium).

    dashboard_test.py WAGGLE [unittest arguments]
"""
import http.client
import os
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import chromium  # noqa: E402
from edge import Edge  # noqa: E402

WAGGLE = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else "waggle"
WATCH = """new PerformanceObserver(l => l.getEntries().forEach(e => (window.tasks = window.tasks || []).push(e.duration)))
           .observe({type: 'longtask', buffered: true})"""


@unittest.skipUnless(chromium.find(), "no Chromium")
class Dashboard(unittest.TestCase):
    def open(self, hostile=False, width=1400, layer4=False):
        edge = Edge(WAGGLE, hostile, layer4=layer4)
        self.addCleanup(edge.close)
        page = chromium.Chromium(width, 900)
        self.addCleanup(page.close)
        page.go(edge.dashboard)
        page.wait("typeof services !== 'undefined' && document.querySelectorAll('.card').length >= 12")
        return edge, page

    def test_shows_the_swarm_and_what_is_wrong_with_it(self):
        edge, page = self.open()
        text = page.run("document.querySelector('#cards').textContent")
        self.assertIn("write Host:billing.example.com", text)
        self.assertIn("did you mean traefik.backend.loadbalancer.stickiness?", text)
        self.assertEqual(page.run("document.querySelectorAll('.card')[0].dataset.service"), "billing_web")
        names = page.run("[...document.querySelectorAll('.node h3')].map(h => h.firstChild.textContent)")
        self.assertEqual(sorted(names), ["manager-1", "worker-1", "worker-2"])
        self.assertEqual(page.run("document.querySelectorAll('.dot').length"), len(edge.state["tasks"]))
        self.assertGreater(page.wait("document.querySelectorAll('#lines path').length"), 5)
        with edge.traffic():
            page.wait("[...document.querySelectorAll('.card[data-service=shop_web] .numbers b')].some(b => parseFloat(b.textContent) > 0)")
            page.wait("parseFloat(document.querySelector('#rate').textContent) > 0")
        self.assertEqual(page.complaints(), [])

    def test_services_below_http(self):
        edge, page = self.open(layer4=True)
        card = "document.querySelector('.card[data-service=%s]')"
        page.wait(card % "shop_db" + ".querySelectorAll('.server').length === 3")
        text = page.run(card % "shop_db" + ".querySelector('.stream').textContent")
        self.assertIn("TCP 127.0.0.1:%d" % edge.raw["db"], text)
        self.assertIn("mh · persistent 300 s · db", text)
        self.assertIn("*.mq.example.com, mq.example.com", page.run(card % "shop_mq" + ".textContent"))
        # HTTP and TCP of one service are on one card.
        self.assertEqual(page.run(card % "status_api" + ".querySelectorAll('.server').length"), 4)
        self.assertIn("rr", page.run(card % "status_api" + ".querySelector('.stream').textContent"))
        with edge.traffic():
            page.wait("/[1-9][0-9]* open/.test(%s.querySelector('.stream').textContent)" % (card % "shop_db"))
            page.wait("/B\\/s/.test(%s.querySelector('.stream').textContent)" % (card % "shop_db"))
            page.wait("[...%s.querySelectorAll('.server .n')].some(n => /[1-9] open/.test(n.textContent))" % (card % "shop_db"))
        page.run("document.querySelector('#search').value = 'mq.example'; document.querySelector('#search').oninput({target: document.querySelector('#search')})")
        page.wait("[...document.querySelectorAll('.card')].map(c => c.dataset.service).join() === 'shop_mq'")
        self.assertEqual(page.complaints(), [])

    def test_a_change_shows_by_itself(self):
        edge, page = self.open()
        page.wait("document.querySelector('#changes').textContent.includes('shop_web')")
        before = page.run("[...dots.keys()].filter(t => t.startsWith('shop_web01') || t.startsWith('shopweb01'))")
        edge.change(0)
        page.wait("![...dots.keys()].includes(%r)" % before[0])
        page.wait("/shop_web.*backend changed/.test(document.querySelector('#changes li').textContent)")
        self.assertIn("generation 2", page.run("document.querySelector('#changes li').textContent"))

    def test_search_and_filter(self):
        _, page = self.open()
        page.run("document.querySelector('#search').value = 'wiki.intra'; document.querySelector('#search').oninput({target: document.querySelector('#search')})")
        page.wait("document.querySelectorAll('.card').length === 1")
        page.run("document.querySelector('#search').value = ''; document.querySelector('#search').oninput({target: document.querySelector('#search')})")
        page.wait("document.querySelectorAll('.card').length === 12")
        page.run("document.querySelector('#filters [data-filter=bad]').click()")
        self.assertEqual(page.run("[...document.querySelectorAll('.card')].map(c => c.dataset.service)"), ["billing_web", "reports_web"])
        page.run("document.querySelector('#url').value = 'https://blog.example.com/x'; document.querySelector('#ask button').click()")
        page.wait("document.querySelector('#answer').textContent.includes('backend-blog-web')")

    def test_hostile_names_are_text(self):
        _, page = self.open(hostile=True)
        page.wait("document.querySelector('#cards').textContent.includes('<img src=x onerror=alert(1)>')")
        self.assertEqual(page.run("document.querySelectorAll('main img, main script').length"), 0)
        self.assertEqual(page.complaints(), [])

    def test_dark_and_narrow(self):
        _, page = self.open()
        page.dark(False)
        light = page.run("getComputedStyle(document.body).backgroundColor")
        page.dark(True)
        self.assertNotEqual(page.run("getComputedStyle(document.body).backgroundColor"), light)
        page.size(390, 844)
        page.wait("innerWidth === 390")
        self.assertLessEqual(page.run("document.documentElement.scrollWidth"), 390)

    def test_a_thousand_services(self):
        edge, page = self.open()
        edge.many(1000)
        page.wait("services.size === 1000", 60)
        page.go("about:blank")
        page.wait("location.href === 'about:blank'")
        start = time.monotonic()
        page.go(edge.dashboard)
        page.run(WATCH)
        page.wait("typeof services !== 'undefined' && services.size === 1000 && document.querySelectorAll('.card').length === 50")
        took = time.monotonic() - start
        paint = page.wait("(performance.getEntriesByName('first-contentful-paint')[0] || {}).startTime")
        page.run("window.tasks = []")
        for replaced in (5, 50, 200):
            edge.many(1000, replaced)
            page.wait("[...dots.keys()].some(t => t.endsWith('n%d'))" % replaced)
        worst = max(page.run("window.tasks") or [0])
        print("1,000 services: first paint %.0f ms, all there %.2f s, longest task while updating %.0f ms" % (paint, took, worst))
        scale = float(os.environ.get("WAGGLE_TEST_SCALE", "1"))
        self.assertLess(paint, 1000 * scale)
        self.assertLess(worst, 200 * scale)

    def test_nothing_from_elsewhere_and_no_inline_script(self):
        edge = Edge(WAGGLE)
        self.addCleanup(edge.close)
        status, body, head = edge.get("/dashboard/")
        self.assertEqual(status, 200)
        self.assertIn("default-src 'none'", head["Content-Security-Policy"])
        self.assertIn("script-src 'self'", head["Content-Security-Policy"])
        self.assertNotIn(b"//", body.replace(b"https://app.example.com/path", b""))
        self.assertEqual(edge.get("/")[2]["Location"], "/dashboard/")
        self.assertEqual(edge.get("/dashboard")[2]["Location"], "/dashboard/")
        self.assertEqual(edge.get("/dashboard/../etc")[0], 404)
        self.assertEqual(edge.get("/dashboard/", edge.port)[0], 404)  # not on the public entry point
        c = http.client.HTTPConnection("127.0.0.1", edge.api, timeout=20)
        c.request("GET", "/api/events")
        first = c.getresponse().readline()
        self.assertTrue(first.startswith(b'data: {"head":'))
        c.close()


if __name__ == "__main__":
    unittest.main()
