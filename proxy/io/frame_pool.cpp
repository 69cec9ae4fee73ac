#include "io/task.hpp"

#include <array>
#include <new>

namespace waggle::proxy::io {
namespace {

constexpr std::size_t step = 64, classes = 64;  // frames up to 4 KiB are kept

struct free_frame {
  free_frame* next;
};

struct pool {
  std::array<free_frame*, classes> heads{};
  ~pool() {
    for (free_frame*& head : heads) {
      while (head) {
        free_frame* const f = head;
        head = f->next;
        ::operator delete(f);
      }
    }
  }
};
thread_local pool frames;

}  // namespace

void* allocate_frame(std::size_t bytes) {
  const std::size_t size_class = (bytes + step - 1) / step;
  if (size_class < classes) {
    if (free_frame* const f = frames.heads[size_class]) {
      frames.heads[size_class] = f->next;
      return f;
    }
    return ::operator new(size_class* step);
  }
  return ::operator new(bytes);
}

void release_frame(void* frame, std::size_t bytes) noexcept {
  const std::size_t size_class = (bytes + step - 1) / step;
  if (size_class >= classes) {
    ::operator delete(frame);
    return;
  }
  auto* const f = static_cast<free_frame*>(frame);
  f->next = frames.heads[size_class];
  frames.heads[size_class] = f;
}

}  // namespace waggle::proxy::io
