#!/usr/bin/env python3
"""What session_judge.py complains of, and what it lets pass."""
import unittest

from session_judge import Departure, Session, complaints

TOLD = [Departure("a", 10, 11, True)]
DIED = [Departure("a", 10, 11, False)]


def kept(*rows):
    """Sessions of one client that keeps them: (began, ready, who, ended, why)."""
    return [Session("kept-0", *row) for row in rows]


class Judge(unittest.TestCase):
    def test_nothing_to_say(self):
        self.assertEqual(complaints(kept((0, 0.1, "a", 10.5, "EOF"), (10.5, 10.6, "b", 20, None)), TOLD, 1), [])

    def test_a_session_may_not_end_before_its_server_is_told(self):
        self.assertEqual(len(complaints(kept((0, 0.1, "a", 9.9, "EOF"), (9.9, 10, "b", 20, None)), TOLD, 1)), 1)

    def test_nor_with_another_server(self):
        self.assertEqual(len(complaints(kept((0, 0.1, "b", 10.5, "EOF"), (10.5, 10.6, "b", 20, None)), TOLD, 1)), 1)

    def test_refused(self):
        rows = kept((0, 0.1, "b", 20, None)) + [Session("fresh-0", 10.2, None, None, 10.3, "refused")]
        self.assertEqual(complaints(rows, TOLD, 1), ["fresh-0 was refused: refused"])
        self.assertEqual(complaints(rows, DIED, 1), [], "on its way to a server that dies")
        rows[1].began, rows[1].ended = 11.1, 11.2
        self.assertEqual(len(complaints(rows, DIED, 1)), 1, "it is dead already")
        rows[1].began, rows[1].ended = 9, 9.5
        self.assertEqual(len(complaints(rows, DIED, 1)), 1, "it still lives")

    def test_back_in_time(self):
        slow = kept((0, 0.1, "a", 10.5, "EOF"), (10.6, 12, "b", 20, None))
        self.assertEqual(len(complaints(slow, TOLD, 1)), 2, "the way back, and the session itself")
        self.assertEqual(complaints(slow, TOLD, 2), [])
        twice = kept((0, 0.1, "a", 10.2, "EOF"), (10.2, None, None, 10.3, "reset"), (11.5, 11.6, "b", 20, None))
        self.assertEqual(complaints(twice, DIED, 1), ["kept-0 was back only after 1.40 s"], "a failed attempt is on the way back")

    def test_who_is_not_back(self):
        self.assertEqual(complaints(kept((0, 0.1, "a", 10.5, "EOF")), TOLD, 1), ["kept-0 has no session in the end"])
        self.assertEqual(complaints(kept((0, 0.1, "a", 10.5, "EOF"), (10.5, None, None, 10.6, "reset")), DIED, 1), ["kept-0 has no session in the end"])


if __name__ == "__main__":
    unittest.main()
