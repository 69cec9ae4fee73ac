// bench_tool: the small parts a reverse-proxy benchmark needs, in one program.
//   bench_tool backend --port P --id NAME [--address 0.0.0.0]   keep-alive HTTP/1.1 origin server
//   bench_tool load    --port P [...]              load generator, closed or open loop, prints one JSON line
//       --hosts N --step S --expect 4              each request to a random host app-<S*i>.example.com, i < N; 4xx is right
//   bench_tool idle    --port P --conns N [...]    opens N connections, prints a line, holds them till stdin closes
//   bench_tool relay   --port P --to P1,P2 [--buffer BYTES | --splice [--pipe BYTES]]   raw TCP relay: the floor
//   bench_tool udp-echo --port P                   sends each datagram back
//   bench_tool udp-load --port P --clients N --window W --size BYTES [--bundles] --duration S   round trips, one JSON line
//       --bundles: a window is one burst of equal datagrams (UDP_SEGMENT), as QUIC sends
// Build: g++ -O2 -std=c++20 tests/bench/tool/*.cpp -o bench_tool        (Linux only; all traffic on 127.0.0.1)
#include "options.hpp"

#include <csignal>
#include <cstdio>

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  const string mode = argc > 1 ? argv[1] : "";
  const Opts o(argc - 2 > 0 ? argc - 2 : 0, argv + 2);
  if (mode == "backend") return run_backend(o);
  if (mode == "load") return run_load(o);
  if (mode == "idle") return run_idle(o);
  if (mode == "relay") return run_relay(o);
  if (mode == "udp-echo") return run_udp_echo(o);
  if (mode == "udp-load") return run_udp_load(o);
  fprintf(stderr, "usage: bench_tool backend|load|idle|relay|udp-echo|udp-load --port P ...\n");
  return 64;
}
