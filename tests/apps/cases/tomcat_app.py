"""Tomcat: sessions in one server's memory, which the sticky cookie leads back to."""
import os
import shutil

from bench import SITE, Operation, run, wanted
from case import Case

SERVER = """<Server port="-1"><Service name="Catalina">
<Connector port="%d" address="127.0.0.1" protocol="HTTP/1.1" maxThreads="20"/>
<Engine name="Catalina" defaultHost="localhost"><Host name="localhost" appBase="webapps" autoDeploy="false"/></Engine>
</Service></Server>
"""


class App(Case):
    name = "tomcat"
    ready = "/plain.jsp"
    backend = "[backends.app.loadBalancer.stickiness]\n"
    plain_restart = False  # its requests end with it

    def command(self, instance):
        base = instance.folder
        if not os.path.exists(base + "/conf"):
            os.makedirs(base + "/webapps/ROOT")
            for name in ("logs", "temp", "work", "conf"):
                os.mkdir(os.path.join(base, name))
            shutil.copy("/usr/share/tomcat10/skel/conf/web.xml", base + "/conf/web.xml")
            with open(base + "/conf/server.xml", "w", encoding="utf-8") as f:
                f.write(SERVER % instance.port)
            for name in ("index.jsp", "plain.jsp"):
                shutil.copy(os.path.join(SITE, name), base + "/webapps/ROOT")
        return ["/usr/share/tomcat10/bin/catalina.sh", "run"], {
            "CATALINA_HOME": "/usr/share/tomcat10", "CATALINA_BASE": base, "CATALINA_TMPDIR": base + "/temp",
            "JAVA_OPTS": "-Xmx96m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Djava.security.egd=file:/dev/./urandom"}

    def session(self, url, number):
        jar = os.path.join(self.folder, "cookies%d" % number)
        for count in range(1, 8):
            wanted(run(["curl", "-sSf", "--max-time", "60", "-b", jar, "-c", jar, url + "/"]).strip(), str(count), "counter of the session")

    def post(self, url, number):
        for size in (0, 17, 100_000, 1_000_000):
            got = run(["curl", "-sSf", "--max-time", "60", "--data-binary", "@-", url + "/plain.jsp"], text="x" * size)
            wanted(got.strip(), "POST %d" % size, "upload")

    def operations(self):
        return [Operation("curl keeps a session", self.session, session=True), Operation("curl posts", self.post)]
