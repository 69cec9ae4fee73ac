"""What every application of the suite has; the modules in cases/ say what is different."""
import http.client
import signal


class Case:
    name = ""
    instances = 2      # servers behind waggle; where one stops, the others are there
    ready = "/"        # answers when the server has started
    backend = ""       # further lines of the backend, as TOML
    entry_point = ""   # further words of the entry point
    flags = ()         # further flags of waggle
    stop_signal = signal.SIGTERM
    plain_restart = True  # ends its requests in order at SIGTERM
    folder = ""        # of all instances: what they share

    def prepare(self):
        """Makes what the instances share, in self.folder."""

    def command(self, instance):
        """@return how an instance is started: arguments, further environment."""
        raise NotImplementedError

    def is_ready(self, instance):
        """Whether it answers."""
        c = http.client.HTTPConnection("127.0.0.1", instance.port, timeout=5)
        try:
            c.request("GET", self.ready)
            return c.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            c.close()

    def routes(self, served):
        """@return the routes file with these instances as servers"""
        servers = "".join('[backends.app.servers.s%d]\nurl = "%s"\n' % (k, i.url) for k, i in enumerate(served))
        return servers + self.backend + '[frontends.app]\nbackend = "app"\npassHostHeader = true\n[frontends.app.routes.r]\nrule = "PathPrefix:/"\n'

    def operations(self):
        raise NotImplementedError

    def finish(self):
        """Ends what the operations have started."""
