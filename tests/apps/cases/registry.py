"""docker-registry, used by skopeo: an image goes up and comes back."""
import hashlib
import io
import json
import os
import tarfile

from bench import Operation, run, wanted
from case import Case

CONFIG = """version: 0.1
log: {level: warn}
storage: {filesystem: {rootdirectory: %s}, delete: {enabled: true}}
http: {addr: '127.0.0.1:%d', secret: one-secret-for-both}
"""


class App(Case):
    name = "docker-registry"
    ready = "/v2/"
    plain_restart = False  # drops its requests at once

    def prepare(self):
        self.image, self.storage = os.path.join(self.folder, "image"), os.path.join(self.folder, "storage")
        os.makedirs(self.image + "/blobs/sha256")
        os.mkdir(self.storage)
        layers = [self.layer(n) for n in range(3)]
        rootfs = {"type": "layers", "diff_ids": [x["digest"] for x in layers]}
        config = self.blob(json.dumps({"architecture": "amd64", "os": "linux", "rootfs": rootfs}).encode(), "application/vnd.oci.image.config.v1+json")
        manifest = self.blob(json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config,
                                         "layers": layers}).encode(), "application/vnd.oci.image.manifest.v1+json")
        self.digest = manifest["digest"]
        for name, value in (("index.json", {"schemaVersion": 2, "manifests": [manifest]}), ("oci-layout", {"imageLayoutVersion": "1.0.0"})):
            with open(os.path.join(self.image, name), "w", encoding="utf-8") as f:
                json.dump(value, f)

    def layer(self, number):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            data = os.urandom(900_000 * number + 10)
            info = tarfile.TarInfo("file%d" % number)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        return self.blob(out.getvalue(), "application/vnd.oci.image.layer.v1.tar")

    def blob(self, data, kind):
        digest = hashlib.sha256(data).hexdigest()
        with open(self.image + "/blobs/sha256/" + digest, "wb") as f:
            f.write(data)
        return {"mediaType": kind, "digest": "sha256:" + digest, "size": len(data)}

    def command(self, instance):
        with open(instance.folder + "/config.yml", "w", encoding="utf-8") as f:
            f.write(CONFIG % (self.storage, instance.port))
        return ["docker-registry", "serve", instance.folder + "/config.yml"], {}

    def copy(self, url, number):
        there = url.replace("http:", "docker:") + "/image%d:latest" % number  # a name of its own: its layers are not there yet
        back = "%s/back%d" % (self.folder, number)
        skopeo = ["skopeo", "--insecure-policy", "--tmpdir", self.folder]
        run([*skopeo, "copy", "-q", "--preserve-digests", "--dest-tls-verify=false", "oci:" + self.image, there])
        run([*skopeo, "copy", "-q", "--preserve-digests", "--src-tls-verify=false", there, "oci:" + back])
        with open(back + "/index.json", encoding="utf-8") as f:
            wanted(json.load(f)["manifests"][0]["digest"], self.digest, "the image that came back")

    def operations(self):
        return [Operation("skopeo pushes and pulls", self.copy)]
