#include "access/server_texts.hpp"

#include "access/members.hpp"
#include "plan/backend.hpp"

namespace waggle::proxy::access {
namespace {

bool same(const base::shared_text& a, const base::shared_text& b) noexcept { return a.address() == b.address(); }

template <class Write>
void make(growing_text& to, const layout& how, Write&& write) {
  constexpr std::size_t room = 6 * longest_value;  // more than three texts
  to.clear();
  line out(to.room(room), room);
  members m(out, how);
  write(m, out);
  to.took(to.room(0) + out.size());
}

}  // namespace

const server_text& server_texts::of(const layout& how, const plan::backend& b, const plan::server& s) {
  server_text& t = known_[reinterpret_cast<std::uintptr_t>(&s) / sizeof(plan::server) % known_.size()];  // any place will do
  const model::origin& o = s.origin;
  if (t.made && same(t.task, o.task_id) && same(t.service, o.service_name) && same(t.node, o.node_id) && same(t.node_name, o.node_name) &&
      t.slot == o.slot && t.host == s.host_header && t.backend == b.name)
    return t;
  t.made = false;
  t.host = s.host_header;
  t.backend = b.name;
  t.service = o.service_name;
  t.task = o.task_id;
  t.node = o.node_id;
  t.node_name = o.node_name;
  t.slot = o.slot;
  make(t.where, how, [&](members& m, line& out) {
    m.text(field::backend_addr, s.host_header);
    m.text(field::backend_name, b.name);
    m.raw(field::backend_url, [&] {  // as Go's url.URL is written
      out << R"({"Scheme":"http","Opaque":"","User":null,"Host":")";
      out.json(s.host_header) << R"(","Path":"","RawPath":"","ForceQuery":false,"RawQuery":"","Fragment":""})";
    });
  });
  make(t.on_node, how, [&](members& m, line&) {
    m.text(field::node_id, o.node_id);
    if (!o.node_name.empty()) m.text(field::node_name, o.node_name);
  });
  make(t.of_service, how, [&](members& m, line&) { m.text(field::service_name, o.service_name); });
  make(t.as_task, how, [&](members& m, line&) {
    m.text(field::task_id, o.task_id);
    m.number(field::task_slot, static_cast<std::int64_t>(o.slot));
  });
  t.made = true;
  return t;
}

}  // namespace waggle::proxy::access
