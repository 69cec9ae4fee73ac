// A raw TCP relay that looks at nothing: the floor that any proxy stands on.
#include "options.hpp"
#include "wire.hpp"

#include <fcntl.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

namespace {
struct Side {
  int fd = -1;
  Side* peer = nullptr;
  bool dead = false;
  uint32_t events = EPOLLIN;
  string pend;             // bytes to write to this side (copy mode)
  int pipe[2] = {-1, -1};  // bytes to write to this side (splice mode)
  size_t in_pipe = 0;
};
}  // namespace

int run_relay(const Opts& o) {
  std::vector<int> to;
  for (const char* p = o.m.at("to").c_str(); p && *p;) {
    to.push_back(atoi(p));
    p = strchr(p, ',');
    if (p) ++p;
  }
  const bool use_splice = o.has("splice");
  const size_t piece = size_t(o.i(use_splice ? "pipe" : "buffer", 262144));  // moved at once
  int ls = listen_on(int(o.i("port", 8080))), ep = epoll_create1(EPOLL_CLOEXEC);
  epoll_event e{};
  e.events = EPOLLIN;
  epoll_ctl(ep, EPOLL_CTL_ADD, ls, &e);
  size_t rr = 0;
  std::array<epoll_event, 256> ev;
  std::vector<char> buf(piece);
  std::vector<Side*> grave;
  // a side is read only while what its peer has still to write is small
  auto arm = [&](Side* s) {
    if (s->dead) return;
    const bool full = s->peer->in_pipe > 0 || s->peer->pend.size() > 262144, out = s->in_pipe > 0 || !s->pend.empty();
    const uint32_t want = (full ? 0u : uint32_t(EPOLLIN)) | (out ? uint32_t(EPOLLOUT) : 0u);
    if (want == s->events) return;
    s->events = want;
    epoll_event x{};
    x.events = want;
    x.data.ptr = s;
    epoll_ctl(ep, EPOLL_CTL_MOD, s->fd, &x);
  };
  auto want_out = [&](Side* s, bool) {
    arm(s);
    arm(s->peer);
  };
  auto kill_pair = [&](Side* s) {
    for (Side* q : {s, s->peer}) {
      if (q->dead) continue;
      q->dead = true;
      close(q->fd);
      if (q->pipe[0] >= 0) close(q->pipe[0]), close(q->pipe[1]);
      grave.push_back(q);
    }
  };
  auto drain = [&](Side* s) -> bool {
    if (use_splice) {
      while (s->in_pipe) {
        ssize_t w = splice(s->pipe[0], nullptr, s->fd, nullptr, s->in_pipe, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
        if (w <= 0) {
          if (w < 0 && errno == EAGAIN) {
            want_out(s, true);
            return true;
          }
          return false;
        }
        s->in_pipe -= size_t(w);
      }
    } else
      while (!s->pend.empty()) {
        ssize_t w = send(s->fd, s->pend.data(), s->pend.size(), MSG_NOSIGNAL);
        if (w < 0) {
          if (errno == EAGAIN || errno == ENOTCONN) {
            want_out(s, true);
            return true;
          }
          return false;
        }
        s->pend.erase(0, size_t(w));
      }
    want_out(s, false);
    return true;
  };
  for (;;) {
    int n = epoll_wait(ep, ev.data(), int(ev.size()), -1);
    for (int i = 0; i < n; ++i) {
      Side* s = static_cast<Side*>(ev[size_t(i)].data.ptr);
      if (!s) {
        for (;;) {
          int fd = accept4(ls, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
          if (fd < 0) break;
          nodelay(fd);
          Side *a = new Side, *b = new Side;
          a->fd = fd;
          b->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
          nodelay(b->fd);
          sockaddr_in d = addr_of("127.0.0.1", to[rr++ % to.size()]);
          if (connect(b->fd, reinterpret_cast<sockaddr*>(&d), sizeof d) < 0 && errno != EINPROGRESS) {
            close(fd);
            close(b->fd);
            delete a;
            delete b;
            continue;
          }
          a->peer = b;
          b->peer = a;
          for (Side* q : {a, b}) {
            if (use_splice && pipe2(q->pipe, O_NONBLOCK | O_CLOEXEC) < 0) die("pipe2");
            if (use_splice && o.has("pipe")) fcntl(q->pipe[1], F_SETPIPE_SZ, int(piece));
            epoll_event x{};
            x.events = EPOLLIN;
            x.data.ptr = q;
            epoll_ctl(ep, EPOLL_CTL_ADD, q->fd, &x);
          }
        }
        continue;
      }
      if (s->dead) continue;
      if ((ev[size_t(i)].events & EPOLLOUT) && !drain(s)) {
        kill_pair(s);
        continue;
      }
      if (!(ev[size_t(i)].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) continue;
      Side* t = s->peer;
      if (use_splice) {
        if (t->in_pipe) continue;
        ssize_t r = splice(s->fd, nullptr, t->pipe[1], nullptr, piece, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
        if (r == 0 || (r < 0 && errno != EAGAIN)) {
          kill_pair(s);
          continue;
        }
        if (r > 0) {
          t->in_pipe = size_t(r);
          if (!drain(t)) kill_pair(s);
        }
      } else {
        if (t->pend.size() > 1u << 20) continue;
        ssize_t r = recv(s->fd, buf.data(), buf.size(), 0);
        if (r == 0 || (r < 0 && errno != EAGAIN)) {
          kill_pair(s);
          continue;
        }
        if (r > 0) {
          size_t off = 0;
          if (t->pend.empty()) {
            ssize_t w = send(t->fd, buf.data(), size_t(r), MSG_NOSIGNAL);
            if (w > 0) off = size_t(w);
            else if (errno != EAGAIN && errno != ENOTCONN) {
              kill_pair(s);
              continue;
            }
          }
          if (off < size_t(r)) {
            t->pend.append(buf.data() + off, size_t(r) - off);
            want_out(t, true);
          }
        }
      }
    }
    for (Side* q : grave) delete q;
    grave.clear();
  }
}
