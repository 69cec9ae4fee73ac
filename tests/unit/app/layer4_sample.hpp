// Figures of a database and a name server below HTTP, as the proxy gives them: the tutorial's four connections, and more.
#pragma once

#include <waggle/proxy/layer4_figures.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace waggle::test {

struct layer4_sample {
  layer4_sample() {
    servers[0].origin = {"svc1", "shop_pg", "task1", 1, "node1", "alpha"};
    servers[1].origin = {"svc1", "shop_pg", "task2", 2, "node2", ""};
    balanced.policy = model::scheduler::maglev_hash;
    balanced.fallback = true;
    remembered = model::persistence{std::chrono::seconds(300), 24, 64, "db"};
  }

  proxy::layer4_figures figures() const {
    proxy::layer4_figures out;
    out.generation = 7;
    out.workers = 2;
    out.persistence = {3, 1, 2};
    proxy::layer4_service_figures& pg = out.tcp.emplace_back();
    pg.key = "docker/pg";
    pg.name = "pg";
    pg.swarm_service = "shop_pg";
    pg.scheduling = &balanced;
    pg.persistence = &remembered;
    pg.entrances = {{"pg", "0.0.0.0:5432", {}}};
    pg.max_conn = 100;
    pg.idle = std::chrono::minutes(10);
    pg.open = 3;
    pg.refused_no_server = 5;
    pg.holds = 4;
    pg.counts = {4, 24, 16, 1576, 1972};
    for (std::size_t i = 0; i < 2; ++i) {
      proxy::layer4_server_figures& s = pg.servers.emplace_back();
      s.address = i == 0 ? "10.0.1.6:5432" : "10.0.1.5:5432";
      s.source = &servers[i];
      s.counts = {2, 12, 8, 788, 986};
    }
    pg.servers[0].active = 2;
    pg.servers[0].inactive = 1;
    pg.servers[0].persistent = 3;
    pg.servers[1].leaving = true;
    pg.servers[1].held = true;
    pg.servers[1].connect_failures = 3;
    pg.servers[1].trouble = "connection refused";
    proxy::layer4_service_figures& tls = out.tcp.emplace_back();
    tls.key = "file/tls";
    tls.name = "tls";
    tls.scheduling = &plain;
    tls.persistence = &nothing;
    tls.entrances = {{"tls", "[::]:443", {"db.example", "*.db.example"}}, {"more", "127.0.0.1:8443", {}}};
    proxy::layer4_service_figures& dns = out.udp.emplace_back();
    dns.key = "docker/dns";
    dns.name = "dns";
    dns.protocol = model::protocol::udp;
    dns.scheduling = &plain;
    dns.persistence = &nothing;
    dns.one_packet = true;
    dns.idle = std::chrono::seconds(60);
    dns.entrances = {{"dns", "0.0.0.0:53", {}}};
    dns.drops = {{"no-server", 9}};
    proxy::layer4_service_figures& idle = out.tcp.emplace_back();  // nobody leads to it
    idle.key = "docker/unused";
    idle.name = "unused";
    idle.scheduling = &plain;
    idle.persistence = &nothing;
    return out;
  }

  model::server servers[2];
  model::scheduling balanced, plain;
  std::optional<model::persistence> remembered, nothing;
};

}  // namespace waggle::test
