#!/usr/bin/env python3
"""Pictures of the dashboard, for a person: waggle with the shop's state, real servers and traffic, and headless Chromium.

    look.py WAGGLE DIRECTORY

Writes light.png, layer4.png (TCP services), dark.png, phone.png, and many.png (1,000 services) into the directory.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from edge import Edge  # noqa: E402
from chromium import Chromium  # noqa: E402


def main():
    waggle, out = sys.argv[1:3]
    os.makedirs(out, exist_ok=True)
    edge, page = Edge(waggle, layer4=True), Chromium(1440, 900)
    try:
        with edge.traffic():
            page.go(edge.dashboard)
            page.wait("document.querySelectorAll('.card').length > 5")
            for i in range(3):
                edge.pause(6)
                edge.change(i)
            edge.pause(14)
            page.picture(os.path.join(out, "light.png"))
            page.run("document.querySelector('.card[data-service=shop_db]').scrollIntoView({block: 'center'})")
            page.picture(os.path.join(out, "layer4.png"))
            page.run("scrollTo(0, 0)")
            page.dark(True)
            edge.pause(1)
            page.picture(os.path.join(out, "dark.png"))
            page.size(390, 844, 2)
            page.dark(False)
            edge.pause(1)
            page.picture(os.path.join(out, "phone.png"))
            page.run("document.querySelector('#right').scrollIntoView()")
            page.picture(os.path.join(out, "phone2.png"))
        page.size(1440, 900)
        edge.many(1000)
        page.wait("services.size === 1000", 60)
        edge.pause(3)
        page.run("scrollTo(0, 0)")
        page.picture(os.path.join(out, "many.png"))
        for complaint in page.complaints():
            print(complaint)
    finally:
        page.close()
        edge.close()


if __name__ == "__main__":
    main()
