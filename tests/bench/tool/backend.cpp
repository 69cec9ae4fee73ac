// A keep-alive HTTP/1.1 origin server: /b/N answers N bytes with their length, /c/N chunked.
#include "options.hpp"
#include "wire.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace {
constexpr size_t max_body = 16u << 20, in_cap = 65536, send_file_from = 32768;
struct Conn {
  int fd;
  bool writing = false, close_after = false, chunked_in = false, chunked_out = false, file_out = false;
  size_t have = 0;
  uint64_t skip = 0;  // request body still to be dropped
  Chunked ck;
  string head;  // what is still to be written: head, then body[body_off..body_len)
  size_t head_off = 0, body_off = 0, body_len = 0;
  char in[in_cap];
};
int ep, memfd_body;
char* body;
string id;
void arm(Conn* c, bool w) {
  if (c->writing == w) return;
  c->writing = w;
  epoll_event e{};
  e.events = EPOLLIN | (w ? EPOLLOUT : 0u);
  e.data.ptr = c;
  epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
}
bool flush(Conn* c) {  // false: dead
  for (;;) {
    size_t hl = c->head.size() - c->head_off, bl = c->body_len - c->body_off;
    if (!hl && !bl) {
      c->head.clear();
      c->head_off = c->body_off = c->body_len = 0;
      arm(c, false);
      return true;
    }
    ssize_t w;
    if (hl && (c->file_out || !bl)) w = send(c->fd, c->head.data() + c->head_off, hl, MSG_NOSIGNAL | (bl ? MSG_MORE : 0));
    else if (hl) {
      iovec v[2] = {{c->head.data() + c->head_off, hl}, {body + c->body_off, bl}};
      msghdr m{};
      m.msg_iov = v;
      m.msg_iovlen = 2;
      w = sendmsg(c->fd, &m, MSG_NOSIGNAL);
    } else if (c->file_out) {
      off_t o = off_t(c->body_off);
      w = sendfile(c->fd, memfd_body, &o, bl);
    } else w = send(c->fd, body + c->body_off, bl, MSG_NOSIGNAL);
    if (w < 0) {
      if (errno == EAGAIN) {
        arm(c, true);
        return true;
      }
      return false;
    }
    size_t k = std::min(size_t(w), hl);
    c->head_off += k;
    c->body_off += size_t(w) - k;
  }
}
bool serve(Conn* c) {
  size_t off = 0;
  while (off < c->have || c->skip) {
    if (c->writing) break;
    if (c->chunked_in) {
      off += c->ck.feed(c->in + off, c->have - off);
      if (c->ck.s != Chunked::done_) break;
      c->chunked_in = false;
      if (!flush(c)) return false;
      if (c->close_after && !c->writing) return false;
      continue;
    }
    if (c->skip) {
      size_t k = size_t(std::min<uint64_t>(c->skip, c->have - off));
      off += k;
      c->skip -= k;
      if (c->skip) break;
      if (!flush(c)) return false;
      if (c->close_after && !c->writing) return false;
      continue;
    }
    string_view in(c->in + off, c->have - off);
    size_t e = in.find("\r\n\r\n");
    if (e == string_view::npos) break;
    string_view head = in.substr(0, e + 2);
    off += e + 4;
    uint64_t cl = 0;
    each_header(head, [&](string_view n, string_view v) {
      if (n.size() == 14 && ieq(n, "content-length")) cl = strtoull(string(v).c_str(), nullptr, 10);
      else if (n.size() == 10 && ieq(n, "connection")) c->close_after |= ieq(v, "close");
      else if (n.size() == 17 && ieq(n, "transfer-encoding")) c->chunked_in = true;
    });
    size_t a = head.find(' ');
    char kind = 'b';
    size_t len = 128;
    if (a != string_view::npos && head.size() > a + 4 && head[a + 1] == '/' && head[a + 3] == '/') {
      kind = head[a + 2];
      len = 0;
      for (size_t q = a + 4; q < head.size() && head[q] >= '0' && head[q] <= '9'; ++q) len = len * 10 + size_t(head[q] - '0');
    }
    len = std::min(len, max_body);
    c->head +=
        "HTTP/1.1 200 OK\r\nServer: origin\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: application/octet-stream\r\nCache-Control: "
        "no-cache\r\nX-Backend: ";
    c->head += id;
    if (kind == 'c') {
      c->head += "\r\nTransfer-Encoding: chunked\r\n\r\n";
      char t[32];
      for (size_t o = 0; o < len;) {
        size_t k = std::min<size_t>(8192, len - o);
        c->head.append(t, size_t(snprintf(t, sizeof t, "%zx\r\n", k)));
        c->head.append(body, k);
        c->head += "\r\n";
        o += k;
      }
      c->head += "0\r\n\r\n";
      c->body_len = 0;
    } else {
      c->head += "\r\nContent-Length: ";
      c->head += std::to_string(len);
      c->head += "\r\n\r\n";
      c->body_len = len;
    }
    c->body_off = 0;
    c->file_out = c->body_len >= send_file_from;
    c->skip = cl;
    if (c->chunked_in) c->ck = Chunked{};
    if (!c->skip && !c->chunked_in) {
      if (!flush(c)) return false;
      if (c->close_after && !c->writing) return false;
    }
  }
  if (off) memmove(c->in, c->in + off, c->have - off), c->have -= off;
  return true;
}
}  // namespace

int run_backend(const Opts& o) {
  id = o.s("id", "b1");
  memfd_body = memfd_create("body", MFD_CLOEXEC);
  if (ftruncate(memfd_body, off_t(max_body)) < 0) die("ftruncate");
  body = static_cast<char*>(mmap(nullptr, max_body, PROT_READ | PROT_WRITE, MAP_SHARED, memfd_body, 0));
  memset(body, 'x', max_body);
  int ls = listen_on(int(o.i("port", 9001)), o.s("address", "127.0.0.1"));
  ep = epoll_create1(EPOLL_CLOEXEC);
  epoll_event e{};
  e.events = EPOLLIN;
  e.data.ptr = nullptr;
  epoll_ctl(ep, EPOLL_CTL_ADD, ls, &e);
  std::array<epoll_event, 256> ev;
  for (;;) {
    int n = epoll_wait(ep, ev.data(), int(ev.size()), -1);
    for (int i = 0; i < n; ++i) {
      Conn* c = static_cast<Conn*>(ev[size_t(i)].data.ptr);
      if (!c) {
        for (;;) {
          int fd = accept4(ls, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
          if (fd < 0) break;
          nodelay(fd);
          c = new Conn;
          c->fd = fd;
          epoll_event x{};
          x.events = EPOLLIN;
          x.data.ptr = c;
          epoll_ctl(ep, EPOLL_CTL_ADD, fd, &x);
        }
        continue;
      }
      bool ok = true;
      if (ev[size_t(i)].events & EPOLLOUT) {
        ok = flush(c);
        if (ok && !c->writing) ok = !c->close_after && serve(c);
      }
      if (ok && (ev[size_t(i)].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && c->have < in_cap) {
        ssize_t r = recv(c->fd, c->in + c->have, in_cap - c->have, 0);
        if (r == 0 || (r < 0 && errno != EAGAIN)) ok = false;
        else if (r > 0) c->have += size_t(r), ok = serve(c);
      }
      if (!ok) {
        close(c->fd);
        delete c;
      }
    }
  }
}
