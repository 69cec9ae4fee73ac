"""What clients of servers below HTTP may notice of servers that come and go. Pure: a list of sessions and of departures in, complaints out."""
from dataclasses import dataclass


@dataclass
class Session:
    """As site/session_clients.py tells it; times in seconds."""
    client: str
    began: float
    ready: float | None
    who: str | None
    ended: float
    why: str | None


@dataclass
class Departure:
    """A server leaves: it may end its sessions from `told` on, and is dead from `gone` on."""
    who: str
    told: float
    gone: float
    announced: bool  # it got nobody new any more when it was told


def complaints(sessions, departures, longest):
    """@param longest  how long coming back may take, in seconds"""
    out, told = [], {d.who: d.told for d in departures}
    for s in sessions:
        if s.why is None:
            continue
        if s.ready is None:
            # Who came to a server just before it died without a word has lost nothing but a session.
            if not any(not d.announced and s.began <= d.gone and s.ended >= d.told for d in departures):
                out.append("%s was refused: %s" % (s.client, s.why))
        elif s.who not in told or s.ended < told[s.who]:
            out.append("%s lost its session with %s, which was not told to leave: %s" % (s.client, s.who, s.why))
    for client in sorted({s.client for s in sessions if not s.client.startswith("fresh")}):
        mine = sorted((s for s in sessions if s.client == client), key=lambda s: s.began)
        broken = None
        for s in mine:
            if s.ready is None:
                continue
            if broken is not None and s.ready - broken > longest:
                out.append("%s was back only after %.2f s" % (client, s.ready - broken))
            broken = s.ended if s.why else None
        if not mine[-1].ready or mine[-1].why:
            out.append("%s has no session in the end" % client)
    out += ["a new client waited for %.2f s" % (s.ready - s.began) for s in sessions if s.ready and s.ready - s.began > longest]
    return out
