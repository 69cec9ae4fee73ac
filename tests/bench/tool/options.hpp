// --name value, or --name alone; and the parts of bench_tool, each a whole program of its own.
#pragma once

#include <cstdlib>
#include <map>
#include <string>

using std::string;

struct Opts {
  std::map<string, string> m;
  Opts(int n, char** v) {
    for (int i = 0; i < n; ++i) {
      string k = v[i];
      if (k.rfind("--", 0) != 0) continue;
      if (i + 1 < n && string(v[i + 1]).rfind("--", 0) != 0) m[k.substr(2)] = v[i + 1], ++i;
      else m[k.substr(2)] = "1";
    }
  }
  string s(const char* k, const char* d) const {
    auto i = m.find(k);
    return i == m.end() ? d : i->second;
  }
  long i(const char* k, long d) const {
    auto it = m.find(k);
    return it == m.end() ? d : atol(it->second.c_str());
  }
  double f(const char* k, double d) const {
    auto it = m.find(k);
    return it == m.end() ? d : atof(it->second.c_str());
  }
  bool has(const char* k) const { return m.count(k) != 0; }
};

int run_backend(const Opts& o);
int run_load(const Opts& o);
int run_idle(const Opts& o);
int run_relay(const Opts& o);
int run_udp_echo(const Opts& o);
int run_udp_load(const Opts& o);
