"""What every application of the suite has; the modules in cases/ say what is different."""
import signal


class Case:
    name = ""
    instances = 2      # servers behind waggle; where one stops, the others are there
    ready = "/"        # answers when the server has started
    backend = ""       # further lines of the backend, as TOML
    entry_point = ""   # further words of the entry point
    stop_signal = signal.SIGTERM
    plain_restart = True  # ends its requests in order at SIGTERM
    folder = ""        # of all instances: what they share

    def prepare(self):
        """Makes what the instances share, in self.folder."""

    def command(self, instance):
        """@return how an instance is started: arguments, further environment."""
        raise NotImplementedError

    def operations(self):
        raise NotImplementedError

    def finish(self):
        """Ends what the operations have started."""
