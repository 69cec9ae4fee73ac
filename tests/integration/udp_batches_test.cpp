// Batches on real sockets, without a proxy: what leaves as a bundle, what does where the kernel takes none, and what a receive tells.
#include "udp/receive_batch.hpp"
#include "udp/send_batch.hpp"

#include "udp_fixture.hpp"

#include "catch.hpp"

#include <netinet/udp.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

using namespace waggle;
using namespace waggle::test;
using namespace waggle::proxy::udp;
using namespace std::chrono_literals;

namespace {

struct connected_pair {
  udp_peer from, to;
  connected_pair() {
    const udp_address there = to.address();
    if (::connect(from.descriptor(), there.get(), there.size) != 0) std::abort();
  }
};

/// n datagrams of that size, each with its number in it.
std::vector<std::string> numbered(std::size_t n, std::size_t size) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(std::string(size - 1, 'x') + static_cast<char>('A' + i));
  return out;
}

void add_all(send_batch& to, std::vector<std::string>& all, std::uint16_t& bundle_below) {
  std::vector<piece> pieces;
  for (std::string& one : all) pieces.push_back({one.data(), static_cast<std::uint32_t>(one.size()), 0, 0});
  plan_messages(pieces, bundle_below, [&](const message& m) { REQUIRE(to.add(m, &bundle_below)); });
}

}  // namespace

TEST_CASE("datagrams of one size leave as a bundle, and who takes bundles gets one", "[integration][udp][batches]") {
  connected_pair p;
  const int on = 1;
  REQUIRE(::setsockopt(p.to.descriptor(), IPPROTO_UDP, UDP_GRO, &on, sizeof on) == 0);
  auto all = numbered(10, 500);
  auto out = std::make_unique<send_batch>();
  std::uint16_t below = any_segment;
  add_all(*out, all, below);
  CHECK(out->send(p.from.descriptor()) == 0);
  auto in = std::make_unique<receive_batch>();
  REQUIRE(eventually([&] { return in->receive(p.to.descriptor()) > 0; }));
  CHECK(in->size() == 1);
  CHECK(in->at(0).what.segment == 500);
  CHECK(in->at(0).what.size == 5'000);
  CHECK(in->at(0).what.datagrams() == 10);
  CHECK(below == any_segment);
}

TEST_CASE("where the kernel sends no bundles the datagrams go one by one, and that is remembered", "[integration][udp][batches]") {
  connected_pair p;
  const int on = 1;
  REQUIRE(::setsockopt(p.from.descriptor(), SOL_SOCKET, SO_NO_CHECK, &on, sizeof on) == 0);  // it cannot cut without computing checksums
  auto all = numbered(10, 500);
  auto out = std::make_unique<send_batch>();
  std::uint16_t below = any_segment;
  add_all(*out, all, below);
  CHECK(out->send(p.from.descriptor()) == 0);
  CHECK(out->take_lost() == 0);
  for (const std::string& one : all) CHECK(p.to.receive() == one);
  CHECK(p.to.is_silent(20ms));
  CHECK(below <= 500);
  add_all(*out, all, below);
  CHECK(out->send(p.from.descriptor()) == 0);
  for (const std::string& one : all) CHECK(p.to.receive() == one);
}

TEST_CASE("a message that fails is told of once, and the others go on", "[integration][udp][batches]") {
  udp_peer from, to;
  auto out = std::make_unique<send_batch>();
  std::uint16_t below = any_segment;
  const auto add = [&](std::string& text, std::uint16_t port) {
    destination d;
    const udp_address a("127.0.0.1", port);
    d.to = a.storage;
    d.size = a.size;
    const iovec one{text.data(), text.size()};
    REQUIRE(out->add({{&one, 1}, 1, 0, 0}, &below, &d));
  };
  std::string first = "first", nowhere = "nowhere", last = "last";
  add(first, to.port());
  add(nowhere, 0);  // there is no port 0
  add(last, to.port());
  CHECK(out->send(from.descriptor()) == EINVAL);
  CHECK(out->skip() == 1);
  CHECK(out->send(from.descriptor()) == 0);
  CHECK(out->empty());
  CHECK(to.receive() == "first");
  CHECK(to.receive() == "last");
}

TEST_CASE("a batch takes sixty-four messages, and has room again when they are out", "[integration][udp][batches]") {
  connected_pair p;
  auto out = std::make_unique<send_batch>();
  std::uint16_t below = any_segment;
  std::string text = "x";
  const iovec one{text.data(), text.size()};
  for (std::size_t i = 0; i < send_batch::most; ++i) REQUIRE(out->add({{&one, 1}, 1, 0, 0}, &below));
  CHECK_FALSE(out->add({{&one, 1}, 1, 0, 0}, &below));
  CHECK(out->send(p.from.descriptor()) == 0);
  CHECK(out->add({{&one, 1}, 1, 0, 0}, &below));
}

TEST_CASE("a receive takes what there is, up to the places that are free", "[integration][udp][batches]") {
  connected_pair p;
  for (int i = 0; i < 70; ++i) REQUIRE(p.from.send_to(p.to.address(), std::to_string(i)));
  auto in = std::make_unique<receive_batch>();
  CHECK(in->receive(p.to.descriptor()) == 64);
  CHECK(in->is_full());
  CHECK(in->at(63).what.size == 2);
  in->clear();
  CHECK(in->receive(p.to.descriptor()) == 6);
  CHECK(in->receive(p.to.descriptor()) == -1);
  CHECK(errno == EAGAIN);
  CHECK(in->size() == 6);
  CHECK(ntohs(in->peer(0).sin6_port) == p.from.port());
}
