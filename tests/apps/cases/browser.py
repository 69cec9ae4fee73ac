"""Headless Chromium: a page with a style sheet, a module, images, uploads, an event stream and a WebSocket; compressed by waggle."""
import os
import sys

from bench import HERE, Failed, Operation, wanted
from cases import uvicorn_app

sys.path.insert(0, os.path.join(HERE, "..", "dashboard"))
from chromium import Chromium  # noqa: E402


class App(uvicorn_app.App):
    name = "Chromium"
    entry_point = " Compress:true"
    browser = None

    def look(self, url, number):
        if self.browser is None:
            self.browser = Chromium()
        self.browser.go("%s/page?%d" % (url, number))
        try:
            title = self.browser.wait("location.search == '?%d' && document.title != 'loading' && document.title" % number, patience=60)
        except AssertionError as e:
            raise Failed("the page does not come: %s" % e)
        wanted(title, "done 42 24 rgb(1, 2, 3) 5,20,200000,0 1 9400", "the page's title")

    def finish(self):
        if self.browser is not None:
            self.browser.close()

    def operations(self):
        return [Operation("a page", self.look)]
