#!/usr/bin/env python3
"""The dashboard in a real headless Chromium, on a real swarm: the browser sits on a manager and looks at that manager's waggle.

    live_test.py WAGGLE [unittest arguments]

Needs root and Docker (tests/lab). PICTURES=DIRECTORY keeps what the browser saw.
"""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
    os.environ["WAGGLE_BINARY"] = os.path.abspath(sys.argv.pop(1))
import chromium  # noqa: E402
from support import lab  # noqa: E402
from support.stage import Stage  # noqa: E402
from support.waiting import until  # noqa: E402

PICTURES = os.environ.get("PICTURES")
CARD = "document.querySelector('.card[data-service=%s]')"
TASKS = "(services.get('%s') || {tasks: []}).tasks.filter(t => t.state === 'running').map(t => t.id).sort()"


@unittest.skipUnless(chromium.find(), "no Chromium")
class Live(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = Stage(options=("--loglevel=DEBUG", "--metrics"))
        cls.addClassCleanup(cls.stage.down)

    def setUp(self):
        self.page = chromium.Chromium(1400, 900, within=("nsenter", "--net=" + self.stage.lab.netns[1]))
        self.addCleanup(self.page.close)
        self.page.go("http://%s:8080/dashboard/" % self.stage.lab.ip[1])
        self.page.wait("typeof services !== 'undefined' && services.has('waggle')", 60)

    def tearDown(self):
        self.assertEqual(self.page.complaints(), [])

    def picture(self, name):
        if PICTURES:
            os.makedirs(PICTURES, exist_ok=True)
            self.page.picture(os.path.join(PICTURES, name + ".png"))

    def serve(self, name, count=2, **more):
        self.stage.serve(name, count, **more)
        self.addCleanup(self.stage.remove, name)

    def test_a_service_appears(self):
        self.serve("shop")
        self.page.wait(CARD % "shop" + " && " + CARD % "shop" + ".querySelectorAll('.server').length === 2")
        text = self.page.run(CARD % "shop" + ".textContent")
        self.assertIn("Host:shop.test", text)
        self.assertIn("2 of 2 tasks running", text)
        self.assertIn("sticky", text)
        running = sorted(t["id"] for t in self.stage.lab.tasks("shop"))
        self.assertEqual(self.page.run(TASKS % "shop"), running)
        names = self.page.run("[...document.querySelectorAll('.node h3')].map(h => h.firstChild.textContent).sort()")
        self.assertEqual(names, ["node1", "node2", "node3"][:len(names)])
        self.assertGreaterEqual(len(names), 2)
        for _ in range(30):
            self.stage.lab.get(1, "/", host="shop.test")
        self.page.wait("parseFloat(" + CARD % "shop" + ".querySelector('.numbers b').textContent) > 0")
        self.picture("appears")

    def test_an_update_shows_as_it_happens(self):
        self.serve("rolling", 3)
        self.page.wait("(" + TASKS % "rolling" + ").length === 3")
        before = self.page.run(TASKS % "rolling")
        self.page.run("window.noted = new Set(); window.watch = setInterval(() => { const c = " + CARD % "rolling" +
                      "; if (c) { if (c.textContent.includes('updating')) noted.add('updating'); "
                      "const t = " + TASKS % "rolling" + "; const old = t.filter(x => %r.includes(x)).length; "
                      "if (old > 0 && old < 3) noted.add('between'); } }, 100)" % before)
        self.stage.update("rolling", "--update-delay", "2s", "--update-order", "start-first")
        after = sorted(t["id"] for t in self.stage.lab.running("rolling", 3))
        self.page.wait("JSON.stringify(" + TASKS % "rolling" + ") === JSON.stringify(%s)" % str(after).replace("'", '"'))
        self.assertEqual(set(before) & set(after), set())
        self.assertEqual(sorted(self.page.run("[...noted]")), ["between", "updating"])
        changes = self.page.run("[...document.querySelectorAll('#changes li')].map(l => l.textContent).filter(t => t.includes('rolling') && t.includes('backend changed')).length")
        self.assertGreaterEqual(changes, 3)
        self.page.wait("!" + CARD % "rolling" + ".textContent.includes('updating')")
        self.picture("updated")

    def test_a_killed_task_goes_and_its_successor_comes(self):
        self.serve("mortal")
        self.page.wait("(" + TASKS % "mortal" + ").length === 2")
        victim = self.stage.lab.tasks("mortal")[0]
        node = next(n for n in self.stage.lab.nodes if self.stage.node_id(n) == victim["node"])
        self.stage.lab.docker(node, "kill", victim["container"])
        self.page.wait("!(" + TASKS % "mortal" + ").includes('%s')" % victim["id"])
        self.page.wait("![...dots.keys()].includes('%s')" % victim["id"])
        self.page.wait("(" + TASKS % "mortal" + ").length === 2 && " + CARD % "mortal" + ".querySelectorAll('.server').length === 2", 60)
        self.assertIn("mortal", self.page.run("document.querySelector('#changes').textContent"))

    def test_a_broken_service_comes_first_with_its_fix(self):
        self.stage.lab.create("broken", "whoami", "--network", "edge", "--label", "traefik.port=8000",
                              "--label", "traefik.frontend.rule=Host(`broken.test`)")
        self.addCleanup(self.stage.remove, "broken")
        self.page.wait("!!" + CARD % "broken")
        self.assertEqual(self.page.run("document.querySelector('.card').dataset.service"), "broken")
        text = self.page.run(CARD % "broken" + ".textContent")
        self.assertIn("traefik.frontend.rule", text)
        self.assertIn("write Host:broken.test", text)
        self.picture("broken")
        # What the page says to do helps, and the page shows that.
        self.stage.lab.docker(1, "service", "update", "-d", "--label-add", "traefik.frontend.rule=Host:broken.test", "broken")
        self.page.wait("services.get('broken').state !== 'not-routed' && services.get('broken').frontends.length === 1")

    def test_dark_and_narrow(self):
        self.serve("look")
        self.page.wait("!!" + CARD % "look")
        self.page.dark(False)
        light = self.page.run("getComputedStyle(document.body).backgroundColor")
        self.picture("light")
        self.page.dark(True)
        self.assertNotEqual(self.page.run("getComputedStyle(document.body).backgroundColor"), light)
        self.picture("dark")
        self.page.size(390, 844)
        self.page.wait("innerWidth === 390")
        self.assertLessEqual(self.page.run("document.documentElement.scrollWidth"), 390)
        self.picture("phone")

    def test_the_other_manager_shows_the_same(self):
        self.serve("both")
        self.page.wait("(" + TASKS % "both" + ").length === 2")
        mine = self.page.run(TASKS % "both")
        until(lambda: sorted(t["task"] for t in self.stage.lab.api(2, "/api/explain/service/both")["tasks"]) == mine, 20,
              "the other manager's waggle knows the same tasks")


if __name__ == "__main__":
    lab.handle_signals()
    unittest.main(verbosity=2)
