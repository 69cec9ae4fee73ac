// whoami: the backend of the lab. Says which container answers, and plays a few roles that tests of a proxy need.
// One thread a connection, HTTP/1.1 with keep-alive, port 8000 ($PORT). It trusts its peers: for the lab only.
//
//   any path          I'm <host name>        (a container's host name is its id)
//   /headers          the request head as received
//   /slow?ms=N        the same as any path, N milliseconds later
//   /upload           reads the body (Content-Length or chunked), answers its length
//   /bytes?n=N        N bytes
//   /events?ms=N&count=M   M server-sent events, one every N milliseconds, chunked; then the end
//   /status?code=N    that status
//   /die              ends the process at once, without an answer
//   Upgrade: websocket   echoes text and binary frames; ping gets pong; close gets close
//
// With WORK_LOG=FILE each request that carries X-Id adds a line "<id> <host>" to that file when its work begins, which
// tells how often a request was worked on, and by whom, even by a task that has gone.
//
// SIGTERM ends it at once. With GRACE=SECONDS it stops listening, finishes the requests it has begun, then ends.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_MAX = 65536, FRAME_MAX = 1 << 20 };
static char host[256];
static int listener;
static atomic_int busy;      // requests begun and not answered yet
static int work_log = -1;
static atomic_int stopping;  // with GRACE: say Connection: close from now on

struct conn {
    int fd;
    size_t have;  // bytes in buf
    char buf[HEAD_MAX + 1];
};

static int send_all(int fd, const void* data, size_t n) {
    for (const char* p = data; n > 0;) {
        ssize_t k = send(fd, p, n, MSG_NOSIGNAL);
        if (k < 0 && errno == EINTR) continue;
        if (k <= 0) return -1;
        p += k, n -= (size_t)k;
    }
    return 0;
}

static int fill(struct conn* c) {
    if (c->have >= HEAD_MAX) return -1;
    ssize_t k;
    do k = recv(c->fd, c->buf + c->have, HEAD_MAX - c->have, 0);
    while (k < 0 && errno == EINTR);
    if (k <= 0) return -1;
    c->have += (size_t)k;
    c->buf[c->have] = 0;
    return 0;
}

static void consume(struct conn* c, size_t n) {
    memmove(c->buf, c->buf + n, c->have - n);
    c->have -= n;
    c->buf[c->have] = 0;
}

// Takes n bytes off the stream; keeps them in `out` if given.
static int take(struct conn* c, void* out, size_t n) {
    for (char* p = out; n > 0;) {
        if (c->have == 0 && fill(c) < 0) return -1;
        size_t k = c->have < n ? c->have : n;
        if (p) memcpy(p, c->buf, k), p += k;
        consume(c, k);
        n -= k;
    }
    return 0;
}

// The value of a field in a head, or NULL; copied to `out`.
static const char* field(const char* head, const char* name, char* out, size_t size) {
    size_t n = strlen(name);
    for (const char* p = strstr(head, "\r\n"); p && p[2] && p[2] != '\r'; p = strstr(p + 2, "\r\n")) {
        if (strncasecmp(p + 2, name, n) != 0 || p[2 + n] != ':') continue;
        const char* v = p + 3 + n;
        v += strspn(v, " \t");
        snprintf(out, size, "%.*s", (int)strcspn(v, "\r\n"), v);
        return out;
    }
    return NULL;
}

static long query(const char* target, const char* key, long fallback) {
    const char* q = strchr(target, '?');
    size_t n = strlen(key);
    for (; q; q = strchr(q + 1, '&'))
        if (strncmp(q + 1, key, n) == 0 && q[1 + n] == '=') return atol(q + 2 + n);
    return fallback;
}

static long read_body(struct conn* c, const char* head) {
    char v[128];
    if (!field(head, "Transfer-Encoding", v, sizeof v) || !strcasestr(v, "chunked")) {
        long n = field(head, "Content-Length", v, sizeof v) ? atol(v) : 0;
        return n < 0 || take(c, NULL, (size_t)n) < 0 ? -1 : n;
    }
    for (long total = 0;;) {
        char* end;
        while (!(end = strstr(c->buf, "\r\n")))
            if (fill(c) < 0) return -1;
        long n = strtol(c->buf, NULL, 16);
        consume(c, (size_t)(end - c->buf) + 2);
        if (n < 0) return -1;
        if (n > 0) {
            if (take(c, NULL, (size_t)n + 2) < 0) return -1;
            total += n;
            continue;
        }
        for (;;) {  // trailer section, up to its empty line
            while (!(end = strstr(c->buf, "\r\n")))
                if (fill(c) < 0) return -1;
            size_t k = (size_t)(end - c->buf) + 2;
            consume(c, k);
            if (k == 2) return total;
        }
    }
}

// ---- WebSocket (RFC 6455): the accept key needs SHA-1 and base64
static uint32_t rol(uint32_t x, int n) { return x << n | x >> (32 - n); }
static void sha1(const unsigned char* data, size_t n, unsigned char out[20]) {
    uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    unsigned char m[256] = {0};  // enough for the key and its GUID
    size_t len = (n + 8) / 64 * 64 + 64;
    memcpy(m, data, n);
    m[n] = 0x80;
    for (int i = 0; i < 8; i++) m[len - 1 - (size_t)i] = (unsigned char)((uint64_t)n * 8 >> 8 * i);
    for (size_t o = 0; o < len; o += 64) {
        uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
        for (size_t i = 0; i < 16; i++) {
            const unsigned char* p = m + o + 4 * i;
            w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        }
        for (int i = 16; i < 80; i++) w[i] = rol(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        for (int i = 0; i < 80; i++) {
            uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 ? b ^ c ^ d : i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
            uint32_t k = i < 20 ? 0x5A827999 : i < 40 ? 0x6ED9EBA1 : i < 60 ? 0x8F1BBCDC : 0xCA62C1D6;
            uint32_t t = rol(a, 5) + f + e + k + w[i];
            e = d, d = c, c = rol(b, 30), b = a, a = t;
        }
        h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
    }
    for (int i = 0; i < 20; i++) out[i] = (unsigned char)(h[i / 4] >> (24 - 8 * (i % 4)));
}

static void base64(const unsigned char* in, size_t n, char* out) {
    static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)in[i] << 16 | (i + 1 < n ? (uint32_t)in[i + 1] << 8 : 0) | (i + 2 < n ? in[i + 2] : 0);
        *out++ = abc[v >> 18], *out++ = abc[v >> 12 & 63];
        *out++ = i + 1 < n ? abc[v >> 6 & 63] : '=', *out++ = i + 2 < n ? abc[v & 63] : '=';
    }
    *out = 0;
}

static void websocket(struct conn* c, const char* key) {
    char text[256], accept[32];
    unsigned char digest[20];
    snprintf(text, sizeof text, "%.64s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    sha1((unsigned char*)text, strlen(text), digest);
    base64(digest, sizeof digest, accept);
    snprintf(text, sizeof text, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Accept: %s\r\nX-Whoami: %.60s\r\n\r\n", accept, host);
    if (send_all(c->fd, text, strlen(text)) < 0) return;
    unsigned char* data = malloc(FRAME_MAX);
    for (unsigned char h[14]; data && take(c, h, 2) == 0;) {
        int op = h[0] & 15;
        uint64_t n = h[1] & 127;
        size_t more = n == 126 ? 2 : n == 127 ? 8 : 0;
        unsigned char mask[4] = {0}, out[10] = {h[0]};
        if (more) {
            if (take(c, h + 2, more) < 0) break;
            n = 0;
            for (size_t i = 0; i < more; i++) n = n << 8 | h[2 + i];
        }
        if (n > FRAME_MAX || ((h[1] & 128) && take(c, mask, 4) < 0) || take(c, data, n) < 0) break;
        for (uint64_t i = 0; i < n; i++) data[i] ^= mask[i & 3];
        if (op == 9) out[0] = (unsigned char)((h[0] & 0x80) | 10);
        if (op == 10) continue;
        size_t k = 2;
        if (n < 126) out[1] = (unsigned char)n;
        else if (n < 65536) out[1] = 126, out[2] = (unsigned char)(n >> 8), out[3] = (unsigned char)n, k = 4;
        else { out[1] = 127; for (int i = 0; i < 8; i++) out[2 + i] = (unsigned char)(n >> (56 - 8 * i)); k = 10; }
        if (send_all(c->fd, out, k) < 0 || send_all(c->fd, data, n) < 0 || op == 8) break;
    }
    free(data);
}

static void pause_ms(long ms) {
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&t, &t) < 0 && errno == EINTR) {}
}

static void events(struct conn* c, const char* target) {
    long ms = query(target, "ms", 100), count = query(target, "count", 100);
    static const char top[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    if (send_all(c->fd, top, sizeof top - 1) < 0) return;
    for (long i = 0; i < count; i++) {
        char event[320], chunk[352];
        int n = snprintf(event, sizeof event, "data: %ld %s\n\n", i, host);
        int k = snprintf(chunk, sizeof chunk, "%x\r\n%s\r\n", (unsigned)n, event);
        if (send_all(c->fd, chunk, (size_t)k) < 0) return;
        pause_ms(ms);
    }
    send_all(c->fd, "0\r\n\r\n", 5);
}

// ---- one request; returns 0 when the connection stays
static int serve(struct conn* c, char* head) {
    char method[16] = "", target[2048] = "", v[256], body[512], top[512];
    sscanf(head, "%15s %2047s", method, target);
    if (field(head, "Upgrade", v, sizeof v) && strcasecmp(v, "websocket") == 0 && field(head, "Sec-WebSocket-Key", v, sizeof v)) {
        websocket(c, v);
        return -1;
    }
    if (field(head, "Expect", v, sizeof v) && send_all(c->fd, "HTTP/1.1 100 Continue\r\n\r\n", 25) < 0) return -1;
    long got = read_body(c, head);
    if (got < 0) return -1;
    size_t path = strcspn(target, "?");
    const char* slash = memrchr(target, '/', path);  // a proxy may have added or stripped a prefix
    const char* page = slash ? slash : target;
    size_t plen = path - (size_t)(page - target);
#define IS(name) (plen == strlen(name) && strncmp(page, name, plen) == 0)
    int code = 200;
    size_t n = (size_t)snprintf(body, sizeof body, "I'm %s\n", host);
    const char* data = body;
    char* big = NULL;
    if (work_log >= 0 && field(head, "X-Id", v, sizeof v)) {
        int k = snprintf(top, sizeof top, "%s %s\n", v, host);
        if (write(work_log, top, (size_t)k) < 0) perror("whoami: work log");  // O_APPEND: whole lines
    }
    if (IS("/die")) _exit(9);
    if (IS("/events")) {
        events(c, target);
        return -1;
    }
    if (IS("/slow")) {
        pause_ms(query(target, "ms", 1000));
    } else if (IS("/upload")) {
        n = (size_t)snprintf(body, sizeof body, "%ld\n", got);
    } else if (IS("/headers")) {
        data = head, n = strlen(head);
    } else if (IS("/status")) {
        code = (int)query(target, "code", 503);
    } else if (IS("/bytes")) {
        n = (size_t)query(target, "n", 1000);
        if (n > 1u << 28 || !(big = malloc(n + 1))) return -1;
        memset(big, 'x', n), data = big;
    }
    int close = atomic_load(&stopping) || (field(head, "Connection", v, sizeof v) && strcasestr(v, "close"));
    int k = snprintf(top, sizeof top, "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n%s\r\n",
                     code, code == 200 ? "OK" : "Status", n, close ? "Connection: close\r\n" : "");
    int bad = send_all(c->fd, top, (size_t)k) < 0 || (strcmp(method, "HEAD") != 0 && send_all(c->fd, data, n) < 0);
    free(big);
    return bad || close ? -1 : 0;
}

static void* session(void* arg) {
    struct conn* c = arg;
    c->have = 0, c->buf[0] = 0;
    for (int keep = 1; keep;) {
        char* end;
        while (!(end = strstr(c->buf, "\r\n\r\n")))
            if (fill(c) < 0) goto out;
        atomic_fetch_add(&busy, 1);
        size_t n = (size_t)(end - c->buf) + 4;
        char* head = strndup(c->buf, n);
        consume(c, n);
        keep = head && serve(c, head) == 0;
        free(head);
        atomic_fetch_sub(&busy, 1);
    }
out:
    close(c->fd);
    free(c);
    return NULL;
}

// Process 1 of a container ignores signals that it does not handle: this thread waits for them.
static void* on_signal(void* arg) {
    const char* grace = getenv("GRACE");
    int got;
    sigwait(arg, &got);
    if (got == SIGTERM && grace && atoi(grace) > 0) {
        atomic_store(&stopping, 1);
        shutdown(listener, SHUT_RDWR);
        struct timespec tick = {0, 20 * 1000000};
        for (int left = atoi(grace) * 50; left > 0 && atomic_load(&busy) > 0; left--) nanosleep(&tick, NULL);
    }
    _exit(0);
}

int main(void) {
    static sigset_t set;
    sigemptyset(&set), sigaddset(&set, SIGTERM), sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    gethostname(host, sizeof host - 1);
    const char* p = getenv("WORK_LOG");
    if (p && (work_log = open(p, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666)) < 0) return perror("whoami: work log"), 1;
    p = getenv("PORT");
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)(p ? atoi(p) : 8000)), .sin6_addr = in6addr_any};
    struct sockaddr_in a4 = {.sin_family = AF_INET, .sin_port = a.sin6_port};
    int on = 1, off = 0;
    listener = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (listener < 0 || bind(listener, (struct sockaddr*)&a, sizeof a) < 0) {  // no IPv6 here
        if (listener >= 0) close(listener);
        listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (listener < 0 || bind(listener, (struct sockaddr*)&a4, sizeof a4) < 0) return perror("whoami: bind"), 1;
    }
    if (listen(listener, 1024) < 0) return perror("whoami: listen"), 1;
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 128 * 1024);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_t t;
    pthread_create(&t, &attr, on_signal, &set);
    fprintf(stderr, "whoami: %s listens on port %d\n", host, ntohs(a.sin6_port));
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0) {
            if (atomic_load(&stopping)) pause();
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct conn* c = malloc(sizeof *c);
        if (!c || (c->fd = fd, pthread_create(&t, &attr, session, c)) != 0) close(fd), free(c);
    }
}
