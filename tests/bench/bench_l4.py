#!/usr/bin/env python3
"""Layer 4 side by side with its peers, one core for the proxy, interleaved in one run; prints ratios of CPU with their bars.

  bench_l4.py --waggle build/release/waggle                              all rows (about ten minutes); or tests/bench/l4.sh
  bench_l4.py --waggle … --rows small,idle --reps 3 --duration 1         some of them
  bench_l4.py --tcp 'my-relay {port} {b1} {b2}' --udp 'my-udp {port} {b1}'     something else in waggle's place

TCP: HAProxy `mode tcp` (also with splice-auto), nginx `stream`, a raw relay of this folder, no proxy. UDP: nginx `stream`, no proxy.
Round robin over two servers (UDP: one), no log, no TLS. In a command: {port} to listen at (127.0.0.1), {b1} {b2} the servers' ports, {dir}
a scratch folder of this run; it stays in the foreground.

  small    128 B asked and answered on 64 kept connections            m1       answers of 1 MiB, 16 connections
  close    a new connection for each question, 32 at once             idle     KiB of memory (PSS) for a connection that says nothing
  udp64    datagrams of 64 B, 64 clients, 4 under way each            udp1k    the same, 1,000 clients, one each
  burst    1,200 B in bursts of 48 equal ones (QUIC), 2 clients       udp1200  1,200 B one by one, 4 clients, 32 under way each

A ratio is taken within its round, and the median of those is quoted: the machine's speed drifts. CPU is the proxy's own (its process and
what that started), over the whole load. Needs Linux and two cores that nobody else uses, haproxy and nginx with its stream module; a peer
that is not installed is left out, and said so. Traffic goes to 127.0.0.0/8 only; the run ends by itself.
"""
import argparse, glob, json, os, resource, shlex, shutil, signal, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from bench_http import Bench, conf_relay, cpu_of, med, pss_of, tree  # noqa: E402

# row: (load options, what, against whom the bar holds, bar)
TCP = {"small": (["--path", "/b/128", "--conns", "64"], "128 B on kept connections", "haproxy", 0.90),
       "m1": (["--path", "/b/1048576", "--conns", "16"], "1 MiB answers", "haproxy", 0.60),
       "close": (["--path", "/b/128", "--conns", "32", "--close"], "a new connection each", "haproxy", 0.90)}
UDP = {"udp64": (["--clients", "64", "--window", "4", "--size", "64"], "UDP 64 B, 64 clients", "nginx", 0.50),
       "udp1k": (["--clients", "1000", "--window", "1", "--size", "64"], "UDP 64 B, 1,000 clients", "nginx", 0.65),
       "burst": (["--clients", "2", "--window", "48", "--size", "1200", "--bundles"], "UDP 1200 B, equal sizes in bursts", "nginx", 0.15),
       "udp1200": (["--clients", "4", "--window", "32", "--size", "1200"], "UDP 1200 B, one by one", "nginx", None)}
IDLE_BAR = 1.0  # KiB for each idle connection


def written(path, text):
    with open(path, "w") as f:
        f.write(text)
    return path


def conf_haproxy(d, port, b1, b2, extra, splice=False):
    # With splice-auto a connection may take two pipes: more descriptors, fewer connections.
    return "haproxy -db -f " + written("%s/haproxy-tcp%d.cfg" % (d, splice), f"""global
    nbthread 1
    maxconn {4000 if splice else 9500}
defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    {"option splice-auto" if splice else ""}
frontend f
    bind 127.0.0.1:{port}
    default_backend app
backend app
    balance roundrobin
    server b1 127.0.0.1:{b1}
    server b2 127.0.0.1:{b2}
""")


def conf_haproxy_splice(d, port, b1, b2, extra):
    return conf_haproxy(d, port, b1, b2, extra, splice=True)


def conf_nginx(d, port, b1, b2, extra, udp=False):
    module = extra["nginx_stream"]
    servers = f"server 127.0.0.1:{b1};" + ("" if udp else f" server 127.0.0.1:{b2};")
    listen = f"listen 127.0.0.1:{port} " + ("udp; proxy_timeout 60s;" if udp else "backlog=4096; proxy_timeout 1h; tcp_nodelay on;")
    name = "nginx-udp" if udp else "nginx-tcp"
    return f"nginx -p {d} -e {d}/{name}.err -c " + written(f"{d}/{name}.conf", f"""{"load_module %s;" % module if module else ""}
daemon off; master_process on; worker_processes 1; pid {d}/{name}.pid; error_log {d}/{name}.err; worker_rlimit_nofile 20000;
events {{ worker_connections 19000; }}
stream {{ upstream app {{ {servers} }} server {{ {listen} proxy_pass app; }} }}
""")


def conf_nginx_udp(d, port, b1, b2, extra):
    return conf_nginx(d, port, b1, b2, extra, udp=True)


def conf_relay_splice(d, port, b1, b2, extra):
    return conf_relay(d, port, b1, b2, extra) + " --splice"


TCP_PEERS = {"haproxy": conf_haproxy, "haproxy_splice": conf_haproxy_splice, "nginx": conf_nginx, "relay": conf_relay, "relay_splice": conf_relay_splice}
UDP_PEERS = {"nginx": conf_nginx_udp}


class Layer4(Bench):
    """One run: who listens where, and what each load has cost."""

    def __init__(self, a):
        super().__init__(a)
        found = glob.glob(a.nginx_stream)
        self.extra["nginx_stream"] = found[0] if found else ""

    def targets(self, peers, command, base):
        """name → command that listens at its own port, the port"""
        out = {}
        for i, (name, conf) in enumerate(peers.items()):
            program = conf(self.dir, 0, 0, 0, self.extra).split()[0]
            if name in self.a.peers.split(",") and shutil.which(program):
                out[name] = (conf(self.dir, base + 10 + i, base + 1, base + 2, self.extra), base + 10 + i)
            elif name in self.a.peers.split(","):
                print("not installed, left out: " + name, file=sys.stderr)
        if command:
            port = base + 30
            out[self.a.name] = (command.format(port=port, b1=base + 1, b2=base + 2, dir=self.dir), port)
        return out

    def cost(self, command, pid):
        """What the tool said of a load, with the proxy's CPU in µs for each question; all that the load asked counts."""
        before = cpu_of(tree(pid)) if pid else 0
        began = time.monotonic()
        told = json.loads(subprocess.run(["taskset", "-c", str(self.a.load_core), self.tool, *command], check=True, capture_output=True, text=True).stdout)
        took = time.monotonic() - began
        spent = (cpu_of(tree(pid)) if pid else 0) - before
        asked = told.get("round_trips", told.get("requests", 0))
        if told.get("requests"):  # its warm-up is not counted by the tool, but costs as much
            asked *= took / max(told["seconds"], 1e-9)
        told["cpu_us"] = spent / max(asked, 1) * 1e6
        return told

    def tcp_load(self, port, options, pid):
        told = self.cost(["load", "--port", str(port), "--duration", str(self.a.duration), "--warmup", "0.3", "--no-cookie", *options], pid)
        told["bad"] = told["errors"] + told["bad_status"]
        return told

    def udp_load(self, port, options, pid):
        told = self.cost(["udp-load", "--port", str(port), "--duration", str(self.a.duration), *options], pid)
        told["bad"] = told["wrong"]
        return told

    def rows(self, wanted, rows, targets, load):
        """Each row: a round of all targets, again and again. → {row: {target: [what was told]}}"""
        out = {}
        for row in [r for r in wanted if r in rows]:
            out[row] = {name: [] for name in targets}
            for _ in range(self.a.reps):
                for name, (port, pid) in targets.items():
                    out[row][name].append(load(port, rows[row][0], pid))
                    time.sleep(0.05)
            print("\n" + table(row, out[row], rows[row]), flush=True)
        return out

    def until_udp_answers(self, port, process, name):
        for _ in range(50):
            if process.poll() is not None:
                sys.exit(f"{name} ended at once (rc {process.returncode}); see {self.dir}/log.txt")
            told = self.cost(["udp-load", "--port", str(port), "--duration", "0.1", "--clients", "1", "--window", "1", "--size", "64"], 0)
            if told["round_trips"]:
                return
        sys.exit(f"{name} does not answer at UDP port {port}")

    def tcp(self, wanted):
        base = self.a.base_port
        commands = self.targets(TCP_PEERS, self.a.tcp, base)
        for i in (1, 2):
            self.wait_port(base + i, self.spawn(f"{self.tool} backend --port {base + i} --id b{i}", self.a.load_core), "backend")
        out = {}
        if any(r in TCP for r in wanted):
            running = {}
            for name, (command, port) in commands.items():
                running[name] = self.spawn(command, self.a.proxy_core)
                self.wait_port(port, running[name], name)
            targets = {n: (port, running[n].pid) for n, (_, port) in commands.items()}
            targets["direct"] = (base + 1, 0)
            out = self.rows(wanted, TCP, targets, self.tcp_load)
            for p in running.values():
                self.stop(p)
        if "idle" in wanted:
            out["idle"] = {name: self.idle(name, *c) for name, c in commands.items()}
            print("\n" + idle_table(out["idle"], self.a), flush=True)
        return out

    def idle(self, name, command, port):
        """KiB for each of so many connections, each in a proxy of its own: that have said nothing, that have asked once"""
        out = {}
        for kind, option in (("silent", ["--silent"]), ("asked", [])):
            proxy = self.spawn(command, self.a.proxy_core)
            self.wait_port(port, proxy, name)
            time.sleep(0.5)
            before = pss_of(tree(proxy.pid))
            held = subprocess.Popen(["taskset", "-c", str(self.a.load_core), self.tool, "idle", "--port", str(port), "--conns", str(self.a.idle_conns), *option],
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self.procs.append(held)
            line = held.stdout.readline().split()
            time.sleep(1)
            out[kind] = (pss_of(tree(proxy.pid)) - before) * 1024 / self.a.idle_conns
            out["failed"] = out.get("failed", 0) + int(line[3])
            held.stdin.close()
            held.wait()
            self.stop(proxy)
        return out

    def udp(self, wanted):
        base = self.a.base_port + 100
        commands = self.targets(UDP_PEERS, self.a.udp, base)
        self.until_udp_answers(base + 1, self.spawn(f"{self.tool} udp-echo --port {base + 1}", self.a.load_core), "udp-echo")
        running = {}
        for name, (command, port) in commands.items():
            running[name] = self.spawn(command, self.a.proxy_core)
            self.until_udp_answers(port, running[name], name)
        targets = {n: (port, running[n].pid) for n, (_, port) in commands.items()}
        targets["direct"] = (base + 1, 0)
        out = self.rows(wanted, UDP, targets, self.udp_load)
        for p in running.values():
            self.stop(p)
        return out


def ratio(results, name, peer):
    """The median of the rounds' ratios of CPU; None if one of them was not there, or is no proxy"""
    if name not in results or peer not in results:
        return None
    pairs = [x["cpu_us"] / y["cpu_us"] for x, y in zip(results[name], results[peer]) if x["cpu_us"] and y["cpu_us"]]
    return med(pairs) if pairs else None


def table(row, results, facts):
    peer = facts[2]
    lines = [f"{row}: {facts[1]}", f"| proxy | CPU µs each | spread | ÷ {peer} | per second | MiB/s | bad | lost |", "|---|" + "---:|" * 7]
    for name, rounds in results.items():
        cpu = [r["cpu_us"] for r in rounds]
        q = ratio(results, name, peer)
        lines.append("| %s | %.2f | %.2f-%.2f | %s | %.0f | %.0f | %d | %d |" % (
            name, med(cpu), min(cpu), max(cpu), "%.2f" % q if q is not None else "-", med([r["rps"] for r in rounds]), med([r["mib_s"] for r in rounds]),
            sum(r["bad"] for r in rounds), sum(r.get("lost", 0) for r in rounds)))
    return "\n".join(lines)


def idle_table(results, a):
    lines = [f"idle: KiB (PSS) for each of {a.idle_conns} connections", "| proxy | said nothing | asked once | failed |", "|---|---:|---:|---:|"]
    return "\n".join(lines + ["| %s | %.2f | %.2f | %d |" % (n, v["silent"], v["asked"], v["failed"]) for n, v in results.items()])


def summary(results, name):
    """→ (Markdown: each row with its bar, whether all bars hold and nothing failed)"""
    lines, good = ["| row | CPU ÷ peer | bar | |", "|---|---:|---:|---|"], True
    for row, (_, what, peer, bar) in {**TCP, **UDP}.items():
        r = results.get(row)
        q = ratio(r, name, peer) if r else None
        if q is None:
            continue
        bad = sum(x["bad"] for x in r[name])
        verdict = "failed: %d" % bad if bad else "" if bar is None else "held" if q <= bar else "MISSED"
        good = good and verdict in ("", "held")
        lines.append("| %s (%s) | %.2f of %s | %s | %s |" % (row, what, q, peer, "≤ %.2f" % bar if bar is not None else "", verdict))
    if name in results.get("idle", {}):
        v = results["idle"][name]
        held = v["silent"] <= IDLE_BAR and not v["failed"]
        good = good and held
        lines.append("| idle (KiB for each) | %.2f | ≤ %.2f | %s |" % (v["silent"], IDLE_BAR, "held" if held else "MISSED"))
    return "\n".join(lines) + "\n", good


def arguments():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--waggle", default="", help="the binary; --tcp and --udp are made of it")
    ap.add_argument("--tcp", default="", metavar="COMMAND"), ap.add_argument("--udp", default="", metavar="COMMAND"), ap.add_argument("--name", default="waggle")
    ap.add_argument("--rows", default=",".join([*TCP, "idle", *UDP])), ap.add_argument("--peers", default="haproxy,haproxy_splice,nginx,relay")
    ap.add_argument("--reps", type=int, default=5), ap.add_argument("--duration", type=float, default=2.0), ap.add_argument("--idle-conns", type=int, default=3000)
    ap.add_argument("--base-port", type=int, default=19080), ap.add_argument("--proxy-core", type=int, default=0), ap.add_argument("--load-core", type=int, default=1)
    ap.add_argument("--nginx-stream", default="/usr/lib/nginx/modules/ngx_stream_module.so", help="where it is a module of its own")
    ap.add_argument("--tool", default="", help="a ready bench_tool"), ap.add_argument("--json", default=""), ap.add_argument("--markdown", default="")
    ap.add_argument("--keep", action="store_true", help="leave the scratch folder"), ap.add_argument("--check", action="store_true", help="exit 1 if a bar is missed")
    a = ap.parse_args()
    unknown = [r for r in a.rows.split(",") if r and r not in {**TCP, **UDP, "idle": 0}]
    if unknown:
        ap.error("no such row: " + ", ".join(unknown))
    a.traefik, a.lock = "", ""  # what Bench asks for, too
    for kind in ("tcp", "udp"):
        if a.waggle and not getattr(a, kind):
            own = [sys.executable, os.path.join(HERE, "with_l4_config.py"), os.path.abspath(a.waggle), kind]
            setattr(a, kind, shlex.join(own) + " {port} {b1} {b2} {dir}")
    return a


def main():
    a = arguments()
    for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(sig, lambda *_: sys.exit(130))  # the finally below stops what was started
    wanted = [r for r in a.rows.split(",") if r]
    run = Layer4(a)
    print("descriptors: %d" % resource.getrlimit(resource.RLIMIT_NOFILE)[0], file=sys.stderr)
    results = {}
    try:
        if any(r in TCP or r == "idle" for r in wanted):
            results.update(run.tcp(wanted))
        if any(r in UDP for r in wanted):
            results.update(run.udp(wanted))
    finally:
        run.close()
    text, good = summary(results, a.name)
    print("\n" + text)
    if a.json:
        written(a.json, json.dumps(results, indent=1))
    if a.markdown:
        written(a.markdown, text)
    if a.check and not good:
        sys.exit(1)


if __name__ == "__main__":
    main()
