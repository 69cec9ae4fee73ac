#include "udp/session_index.hpp"

#include "catch.hpp"
#include "random.hpp"

#include <deque>
#include <map>
#include <set>

using namespace waggle::proxy;
using namespace waggle::proxy::udp;

namespace {

session_key key(unsigned client, std::uint16_t port) {
  session_key k;
  k.client = {0,
              0,
              0,
              0,
              0,
              0,
              0,
              0,
              0,
              0,
              0xff,
              0xff,
              10,
              static_cast<std::uint8_t>(client >> 16),
              static_cast<std::uint8_t>(client >> 8),
              static_cast<std::uint8_t>(client)};
  k.port = port;
  return k;
}

const schedule::key16 secret{1, 2, 3};

}  // namespace

TEST_CASE("session_index: each part of the key tells sessions apart", "[unit][proxy][udp]") {
  session_index all(secret);
  CHECK(all.find(all.hash(key(1, 1)), key(1, 1)) == nullptr);
  const int server = 0;
  std::vector<session_key> keys(6, key(1, 53));
  keys[1].client[15] = 2;
  keys[2].port = 54;
  keys[3].local[15] = 1;
  keys[4].interface = 2;
  keys[5].server = &server;
  std::deque<index_link> links;
  std::set<std::uint64_t> hashes;
  for (const session_key& k : keys) {
    index_link& l = links.emplace_back();
    l.key = k;
    l.hash = all.hash(k);
    hashes.insert(l.hash);
    all.insert(l);
  }
  CHECK(hashes.size() == keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) CHECK(all.find(all.hash(keys[i]), keys[i]) == &links[i]);
}

TEST_CASE("session_index: the secret key changes where sessions lie", "[unit][proxy][udp]") {
  CHECK(hash_of(secret, key(1, 1)) != hash_of({9}, key(1, 1)));
}

TEST_CASE("session_index: what comes and goes in any order is found exactly while it is there", "[unit][proxy][udp]") {
  waggle::test::random random(GENERATE(1u, 2u, 3u));
  session_index all(secret);
  std::map<unsigned, index_link> model;
  for (int step = 0; step < 20'000; ++step) {
    const auto who = static_cast<unsigned>(random.below(3'000));
    const session_key k = key(who, static_cast<std::uint16_t>(who % 7));
    index_link* const found = all.find(all.hash(k), k);
    const auto known = model.find(who);
    REQUIRE(found == (known == model.end() ? nullptr : &known->second));
    if (found) {
      all.erase(*found);
      model.erase(known);
    } else {
      index_link& l = model[who];
      l.key = k;
      l.hash = all.hash(k);
      all.insert(l);
    }
    REQUIRE(all.size() == model.size());
  }
}

TEST_CASE("session_index: who sends with the socket's own address is no client", "[unit][proxy][udp]") {
  session_key k = key(1, 53);
  const auto own = k.client;
  CHECK(is_own(k, own, 53));
  CHECK_FALSE(is_own(k, own, 54));
  CHECK_FALSE(is_own(k, key(2, 0).client, 53));
  CHECK_FALSE(is_own(k, {}, 53));
  k.local = own;
  CHECK(is_own(k, {}, 53));
}
