/* Stands in for the kernel's IPVS, so that the real ipvsadm prints tables on a machine whose kernel has none: how the golden files here
 * were recorded. `cc -shared -fPIC kernel.c -o kernel.so; LD_PRELOAD=./kernel.so ipvsadm -L -n --stats`, as root, with ipvsadm 1.31 of
 * Debian 12. ipvsadm asks by getsockopt(2) when there is no IPVS in netlink: IPv4, packets in 32 bits. The tables are those of
 * tests/unit/app/ipvs_table_test.cpp; they stand here unsorted. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <linux/ip_vs.h>
#include <stdio.h>
#include <string.h>

struct server {
  const char* address;
  int port, weight;
  unsigned upper, lower, active, inactive, persistent;
  struct ip_vs_stats_user stats;
};

struct service {
  int protocol;
  const char* address;
  int port;
  const char* scheduler;
  unsigned flags, timeout;
  const char* mask;
  struct ip_vs_stats_user stats;
  int servers;
  struct server server[3];
};

static const struct service table[] = {
    {IPPROTO_UDP, "0.0.0.0", 53, "wrr", IP_VS_SVC_F_ONEPACKET, 0, "255.255.255.255",
     {.conns = 99999999, .inpkts = 100000000, .outpkts = 1234567890, .inbytes = 999999999, .outbytes = 1000000000,
      .cps = 3, .inpps = 100000000, .outpps = 7, .inbps = 99999999, .outbps = 1234567890},
     2,
     {{"10.0.2.12", 53, 3, 0, 0, 0, 0, 0, {.conns = 5, .inbytes = 99999999999, .outbytes = 100000000000, .cps = 1, .inpps = 100000000, .inbps = 8}},
      {"10.0.2.7", 53, 1, 0, 0, 17, 0, 0, {.conns = 4294967295, .inbytes = 99999999999999, .outbytes = 100000000000000, .outbps = 4294967295}}}},
    {IPPROTO_TCP, "10.1.2.3", 5432, "mh", IP_VS_SVC_F_PERSISTENT | IP_VS_SVC_F_SCHED1 | IP_VS_SVC_F_SCHED2, 300, "255.255.255.0",
     {.conns = 12, .inbytes = 18446744073709551615ULL}, 3,
     {{"10.0.9.10", 5432, 65535, 100, 75, 100, 12345678, 4294967295},
      {"10.0.9.9", 15432, 0, 0, 0, 1, 0, 2},
      {"10.0.9.9", 5432, 100, 4294967295, 1, 0, 0, 0}}},
    {IPPROTO_TCP, "0.0.0.0", 80, "rr", 0, 0, "255.255.255.255",
     {.conns = 4, .inpkts = 24, .outpkts = 16, .inbytes = 1576, .outbytes = 1972}, 2,
     {{"10.0.1.6", 80, 1, 0, 0, 0, 0, 0, {.conns = 2, .inpkts = 12, .outpkts = 8, .inbytes = 788, .outbytes = 986}},
      {"10.0.1.5", 80, 1, 0, 0, 0, 0, 0, {.conns = 2, .inpkts = 12, .outpkts = 8, .inbytes = 788, .outbytes = 986}}}},
    {IPPROTO_TCP, "0.0.0.0", 3306, "sh", IP_VS_SVC_F_PERSISTENT | IP_VS_SVC_F_SCHED2, 3600, "255.255.255.255", {0}, 1,
     {{"255.255.255.255", 65535, 1}}},
    {IPPROTO_TCP, "100.100.100.200", 65535, "wlc", IP_VS_SVC_F_PERSISTENT | IP_VS_SVC_F_ONEPACKET, 1, "0.0.0.0", {0}, 0},
};
static const unsigned services = sizeof table / sizeof *table;

static const char connections[] =
    "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n"
    "TCP C0A80001 CB20 00000000 0050 0A000105 0050 ESTABLISHED     899\n"
    "TCP FFFFFFFF FFFF FFFFFFFF FFFF FFFFFFFF FFFF FIN_WAIT        119\n"
    "UDP C0A80001 0035 00000000 0035 0A00020C 0035 UDP            7199\n"
    "TCP C0A80002 0401 0A010203 1538 0A00090A 1538 ESTABLISHED       0\n";

static int get(int option, void* to) {
  if (option == IP_VS_SO_GET_INFO) {
    *(struct ip_vs_getinfo*)to = (struct ip_vs_getinfo){IP_VS_VERSION_CODE, 4096, services};
    return 0;
  }
  if (option == IP_VS_SO_GET_TIMEOUT) {
    *(struct ip_vs_timeout_user*)to = (struct ip_vs_timeout_user){900, 120, 300};
    return 0;
  }
  if (option == IP_VS_SO_GET_SERVICES) {
    struct ip_vs_get_services* all = to;
    for (unsigned i = 0; i < services; ++i) {
      const struct service* s = &table[i];
      struct ip_vs_service_entry* e = &all->entrytable[i];
      memset(e, 0, sizeof *e);
      *e = (struct ip_vs_service_entry){.protocol = s->protocol, .addr = inet_addr(s->address), .port = htons(s->port), .flags = s->flags,
                                        .timeout = s->timeout, .netmask = inet_addr(s->mask), .num_dests = s->servers, .stats = s->stats};
      strcpy(e->sched_name, s->scheduler);
    }
    return 0;
  }
  if (option == IP_VS_SO_GET_DESTS) {
    struct ip_vs_get_dests* of = to;
    for (unsigned i = 0; i < services; ++i) {
      const struct service* s = &table[i];
      if (htons(s->port) != of->port || s->protocol != of->protocol) continue;
      for (int n = 0; n < s->servers; ++n) {
        const struct server* d = &s->server[n];
        of->entrytable[n] = (struct ip_vs_dest_entry){.addr = inet_addr(d->address), .port = htons(d->port), .conn_flags = IP_VS_CONN_F_MASQ,
                                                      .weight = d->weight, .u_threshold = d->upper, .l_threshold = d->lower,
                                                      .activeconns = d->active, .inactconns = d->inactive, .persistconns = d->persistent,
                                                      .stats = d->stats};
      }
    }
    return 0;
  }
  return -1;
}

int getsockopt(int fd, int level, int option, void* to, socklen_t* size) {
  if (level == IPPROTO_IP && option >= IP_VS_BASE_CTL && option <= IP_VS_SO_GET_MAX) return get(option, to);
  int (*const real)(int, int, int, void*, socklen_t*) = dlsym(RTLD_NEXT, "getsockopt");
  return real(fd, level, option, to, size);
}

FILE* fopen(const char* name, const char* mode) {
  if (strcmp(name, "/proc/net/ip_vs_conn") == 0) return fmemopen((void*)connections, sizeof connections - 1, "r");
  FILE* (*const real)(const char*, const char*) = dlsym(RTLD_NEXT, "fopen");
  return real(name, mode);
}
