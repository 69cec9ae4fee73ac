// The load generator: closed loop, or open loop with --rate; one JSON line at the end.
#include "options.hpp"
#include "wire.hpp"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

namespace {
struct Hist {  // log-linear, about 1.5 % wide buckets, in ns
  std::vector<uint64_t> b = std::vector<uint64_t>(64 * 64);
  uint64_t n = 0, max = 0;
  void add(uint64_t v) {
    if (v > max) max = v;
    ++n;
    int h = v < 64 ? 5 : 63 - __builtin_clzll(v);
    size_t i = v < 64 ? size_t(v) : size_t(h - 5) * 64 + size_t((v >> (h - 6)) & 63);
    ++b[i];
  }
  double us(double q) const {
    uint64_t want = uint64_t(double(n) * q), s = 0;
    for (size_t i = 0; i < b.size(); ++i) {
      s += b[i];
      if (s > want) {
        if (i < 64) return double(i) / 1000;
        int h = int(i / 64) + 5;
        return double((1ull << h) + ((i % 64) << (h - 6))) / 1000;
      }
    }
    return double(max) / 1000;
  }
};
struct Conn {
  int fd = -1, src = 0;
  bool connecting = false, busy = false, in_body = false, chunked = false, until_close = false, resp_close = false, pending_out = false;
  uint64_t t0 = 0, next = 0, left = 0;
  size_t have = 0, out_off = 0;
  Chunked ck;
  string req, cookie, backend;
  char in[16384];
};
}  // namespace

int run_load(const Opts& o) {
  const int port = int(o.i("port", 8080));
  const int nconn = int(o.i("conns", 64));
  const double dur = o.f("duration", 3), warm = o.f("warmup", 0.5), rate = o.f("rate", 0);
  const string path = o.s("path", "/b/128"), host = o.s("host", "bench.test");
  const bool close_mode = o.has("close"), no_cookie = o.has("no-cookie"), small = o.has("small-head");
  const long post = o.i("post", 0);
  const uint64_t hosts = uint64_t(o.i("hosts", 0)), step = uint64_t(o.i("step", 1));
  const char expect = o.s("expect", "2")[0];
  uint64_t dice = 88172645463325252ull;
  const uint64_t stop_after = uint64_t(o.i("requests", 0));
  std::vector<std::unique_ptr<Conn>> cs;
  Hist hist;
  uint64_t done = 0, errors = 0, bad_status = 0, bytes = 0, moved = 0, opened = 0;
  int ep = epoll_create1(EPOLL_CLOEXEC);
  const string post_body(size_t(post), 'p');

  auto build = [&](Conn& c) {
    string& r = c.req;
    dice ^= dice << 13, dice ^= dice >> 7, dice ^= dice << 17;
    r = (post ? "POST " : "GET ") + path + " HTTP/1.1\r\nHost: " + (hosts ? "app-" + std::to_string(dice % hosts * step) + ".example.com" : host) +
        "\r\n";
    if (!small)
      r += "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
           "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
           "Accept-Language: en-GB,en;q=0.7,de;q=0.3\r\nAccept-Encoding: gzip, deflate, br\r\n"
           "Referer: http://bench.test/index.html\r\nCache-Control: no-cache\r\n";
    r += "Cookie: lang=en; theme=dark";
    if (!c.cookie.empty()) r += "; " + c.cookie;
    r += "\r\n";
    if (close_mode) r += "Connection: close\r\n";
    if (post) r += "Content-Length: " + std::to_string(post) + "\r\n";
    r += "\r\n";
    if (post) r += post_body;
  };
  uint64_t now = now_ns();
  auto open = [&](Conn& c) {
    c.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c.fd < 0) die("socket");
    nodelay(c.fd);
    int one = 1;
    setsockopt(c.fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    sockaddr_in s = addr_of("127.0.0." + std::to_string(2 + (c.src++ % 100)), 0);
    if (close_mode && bind(c.fd, reinterpret_cast<sockaddr*>(&s), sizeof s) < 0) die("bind source");
    sockaddr_in a = addr_of("127.0.0.1", port);
    int rc = connect(c.fd, reinterpret_cast<sockaddr*>(&a), sizeof a);
    if (rc < 0 && errno != EINPROGRESS) {
      ++errors;
      close(c.fd);
      c.fd = -1;
      return;
    }
    c.connecting = rc < 0;
    ++opened;
    c.have = 0;
    c.in_body = c.busy = c.pending_out = false;
    epoll_event e{};
    e.events = EPOLLIN | (c.connecting ? EPOLLOUT : 0u);
    e.data.ptr = &c;
    epoll_ctl(ep, EPOLL_CTL_ADD, c.fd, &e);
  };
  auto mod = [&](Conn& c, uint32_t ev) {
    epoll_event e{};
    e.events = ev;
    e.data.ptr = &c;
    epoll_ctl(ep, EPOLL_CTL_MOD, c.fd, &e);
  };
  auto push = [&](Conn& c) {
    while (c.out_off < c.req.size()) {
      ssize_t w = send(c.fd, c.req.data() + c.out_off, c.req.size() - c.out_off, MSG_NOSIGNAL);
      if (w < 0) {
        if (errno == EAGAIN) {
          if (!c.pending_out) mod(c, EPOLLIN | EPOLLOUT);
          c.pending_out = true;
        }
        return;
      }
      c.out_off += size_t(w);
    }
    if (c.pending_out) mod(c, EPOLLIN), c.pending_out = false;
  };
  const uint64_t gap = rate > 0 ? uint64_t(1e9 * nconn / rate) : 0;
  auto start = [&](Conn& c, uint64_t t) {
    c.busy = true;
    c.t0 = t;
    c.out_off = 0;
    c.in_body = false;
    if (hosts) build(c);
    push(c);
  };
  auto reopen = [&](Conn& c, bool err) {
    if (err) ++errors;
    close(c.fd);
    c.fd = -1;
    c.busy = false;
  };
  const uint64_t begin = now;
  uint64_t count_from = begin + uint64_t(warm * 1e9), end = count_from + uint64_t(dur * 1e9);
  if (stop_after) count_from = begin, end = begin + 600ull * 1000000000ull;
  for (int i = 0; i < nconn; ++i) {
    cs.push_back(std::make_unique<Conn>());
    Conn& c = *cs.back();
    c.src = i;
    build(c);
    c.next = begin + 20000000 + (gap ? uint64_t(double(gap) * i / nconn) : 0);
    open(c);
    if (!close_mode && c.fd >= 0 && !c.connecting && !gap) start(c, now_ns());
  }
  auto finish = [&](Conn& c, uint64_t t) {
    c.busy = false;
    if (t >= count_from) {
      hist.add(t - c.t0);
      ++done;
    }
  };
  // returns false when the connection must go
  auto take = [&](Conn& c, uint64_t t) -> bool {
    for (;;) {
      if (c.in_body && !c.chunked && c.left > 0) {
        if (c.have) {
          size_t k = size_t(std::min<uint64_t>(c.left, c.have));
          c.left -= k;
          bytes += k;
          memmove(c.in, c.in + k, c.have - k);
          c.have -= k;
        }
        if (c.left > 0) return true;
      } else if (c.in_body && c.chunked && c.ck.s != Chunked::done_) {
        if (!c.have) return true;
        size_t k = c.ck.feed(c.in, c.have);
        bytes += k;
        memmove(c.in, c.in + k, c.have - k);
        c.have -= k;
        if (c.ck.s != Chunked::done_) continue;
      }
      if (c.in_body) {
        c.in_body = false;
        finish(c, t);
        return !(close_mode || c.resp_close);
      }
      string_view in(c.in, c.have);
      size_t e = in.find("\r\n\r\n");
      if (e == string_view::npos) return c.have < sizeof c.in;
      string_view head = in.substr(0, e + 2);
      if (head.size() < 12 || head[9] != expect) ++bad_status;
      c.left = 0;
      c.chunked = c.resp_close = false;
      string_view be;
      bool new_cookie = false;
      each_header(head, [&](string_view n, string_view v) {
        switch (n.size()) {
          case 14:
            if (ieq(n, "content-length")) c.left = strtoull(string(v).c_str(), nullptr, 10);
            break;
          case 17:
            if (ieq(n, "transfer-encoding")) c.chunked = true, c.ck = Chunked{};
            break;
          case 10:
            if (ieq(n, "connection")) c.resp_close = ieq(v, "close");
            else if (ieq(n, "set-cookie") && !no_cookie) {
              string_view nv = v.substr(0, v.find(';'));
              if (nv != c.cookie) c.cookie = nv, new_cookie = true;
            }
            break;
          case 9:
            if (ieq(n, "x-backend")) be = v;
            break;
          default: break;
        }
      });
      if (!no_cookie) {
        if (!c.backend.empty() && be != c.backend) ++moved;
        if (be != c.backend) c.backend = be;
      }
      if (new_cookie) build(c);
      memmove(c.in, c.in + e + 4, c.have - e - 4);
      c.have -= e + 4;
      c.in_body = true;
    }
  };
  std::array<epoll_event, 512> ev;
  while ((now = now_ns()) < end) {
    if (stop_after && done >= stop_after) break;
    uint64_t wake = end;
    if (gap) {
      for (auto& p : cs) {
        Conn& c = *p;
        if (c.fd < 0) open(c);
        if (c.fd >= 0 && !c.busy && !c.connecting) {
          if (c.next <= now) {
            uint64_t t = c.next;
            c.next += gap;
            start(c, t);
          } else wake = std::min(wake, c.next);
        }
      }
    }
    uint64_t d = wake > now ? wake - now : 0;
    if (d > 100000000) d = 100000000;
    timespec ts{time_t(d / 1000000000), long(d % 1000000000)};
    int n = epoll_pwait2(ep, ev.data(), int(ev.size()), &ts, nullptr);
    for (int i = 0; i < n; ++i) {
      Conn& c = *static_cast<Conn*>(ev[size_t(i)].data.ptr);
      uint32_t f = ev[size_t(i)].events;
      bool ok = true;
      if (c.connecting && (f & (EPOLLOUT | EPOLLERR | EPOLLHUP))) {
        int err = 0;
        socklen_t l = sizeof err;
        getsockopt(c.fd, SOL_SOCKET, SO_ERROR, &err, &l);
        if (err) ok = false;
        else {
          c.connecting = false;
          mod(c, EPOLLIN);
          if (!gap) start(c, close_mode ? c.t0 : now_ns());
          continue;
        }
      } else if ((f & EPOLLOUT) && c.pending_out) push(c);
      if (ok && (f & (EPOLLIN | EPOLLHUP | EPOLLERR))) {
        ssize_t r;
        if (c.in_body && !c.chunked && c.left > sizeof c.in && !c.have) {
          r = recv(c.fd, nullptr, size_t(c.left), MSG_TRUNC);  // drop without a copy
          if (r > 0) {
            c.left -= uint64_t(r);
            bytes += uint64_t(r);
            if (c.left == 0) ok = take(c, now_ns());
          } else if (!(r < 0 && errno == EAGAIN)) ok = false;
        } else {
          r = recv(c.fd, c.in + c.have, sizeof c.in - c.have, 0);
          if (r > 0) c.have += size_t(r), ok = take(c, now_ns());
          else if (!(r < 0 && errno == EAGAIN)) ok = false;
        }
        if (!ok) {
          const bool err = c.busy;
          reopen(c, err);
          if (!gap) {
            c.t0 = now_ns();
            open(c);
            if (c.fd >= 0 && !c.connecting) start(c, c.t0);
          }
          continue;
        }
        if (!c.busy) {
          if (gap) {
            uint64_t t = now_ns();
            if (c.next <= t) {
              uint64_t x = c.next;
              c.next += gap;
              start(c, x);
            }
          } else start(c, now_ns());
        }
      } else if (!ok) {
        reopen(c, true);
        if (!gap) {
          c.t0 = now_ns();
          open(c);
        }
      }
    }
  }
  double secs = double(now_ns() - count_from) / 1e9;
  printf(
      "{\"requests\":%llu,\"seconds\":%.3f,\"rps\":%.1f,\"mib_s\":%.1f,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f,"
      "\"errors\":%llu,\"bad_status\":%llu,\"moved\":%llu,\"opened\":%llu}\n",
      (unsigned long long)done, secs, double(done) / secs, double(bytes) / secs / 1048576, hist.us(.5), hist.us(.9), hist.us(.99), hist.us(.999),
      double(hist.max) / 1000, (unsigned long long)errors, (unsigned long long)bad_status, (unsigned long long)moved, (unsigned long long)opened);
  return 0;
}
