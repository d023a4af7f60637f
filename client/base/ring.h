// A queue over an array of a power of two: pushing and popping move no element, and nothing is allocated once it has
// been as long as it gets. An empty ring begins at its first slot, and popped slots are as good as new, so that equal
// queues are equal bytes.
#ifndef CLIENT_BASE_RING_H_
#define CLIENT_BASE_RING_H_

#include <cstddef>
#include <utility>
#include <vector>

#include "client/base/check.h"

namespace client {

template <class T>
class Ring {
 public:
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  T& front() { return slots_[begin_]; }  // requires !empty()
  const T& front() const { return slots_[begin_]; }
  T& back() { return (*this)[size_ - 1]; }
  // The i-th oldest. Requires i < size().
  T& operator[](size_t i) { return slots_[(begin_ + i) & (slots_.size() - 1)]; }

  void push_back(T item) {
    if (size_ == slots_.size()) Grow();
    ++size_;
    back() = std::move(item);
  }
  void pop_front() {
    CHECK(size_ > 0);
    slots_[begin_] = T();
    begin_ = --size_ == 0 ? 0 : (begin_ + 1) & (slots_.size() - 1);
  }
  void clear() {
    while (!empty()) pop_front();
  }

 private:
  void Grow() {
    std::vector<T> larger(slots_.empty() ? 8 : slots_.size() * 2);
    for (size_t i = 0; i < size_; ++i) larger[i] = std::move((*this)[i]);
    slots_ = std::move(larger);
    begin_ = 0;
  }

  std::vector<T> slots_;
  size_t begin_ = 0;
  size_t size_ = 0;
};

}  // namespace client

#endif  // CLIENT_BASE_RING_H_
