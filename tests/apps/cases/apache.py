"""apache2 with a configuration of its own: what git_http, webdav and downloads share."""
import os
import pwd
import shutil
import signal

from bench import SITE
from case import Case


class ApacheCase(Case):
    stop_signal = signal.SIGWINCH  # "graceful-stop", which httpd's image names as its stop signal

    def user(self):
        return "www-data" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name

    def prepare(self):
        self.shared = os.path.join(self.folder, "shared")
        for name in ("files/dav", "git"):
            os.makedirs(os.path.join(self.shared, name))
        self.fill()
        self.give_away()

    def fill(self):
        """Files that are there from the start."""

    def give_away(self):
        """The server runs as another user when this program is root."""
        os.chmod(self.folder, 0o755)
        if os.getuid() == 0:
            for folder, _, names in os.walk(self.shared):
                for path in (folder, *(os.path.join(folder, n) for n in names)):
                    shutil.chown(path, self.user())

    def command(self, instance):
        if os.getuid() == 0:
            shutil.chown(instance.folder, self.user())
        return ["/usr/sbin/apache2", "-f", os.path.join(SITE, "apache.conf"), "-d", "/", "-D", "FOREGROUND"], {
            "PORT": str(instance.port), "OWN": instance.folder, "SHARED": self.shared, "USER_NAME": self.user(), "MODULES": "/usr/lib/apache2/modules"}
