// A list whose links live in its members: nothing is allocated, and an object leaves it knowing only itself.
//
//   struct Idle;  // a tag: one for each list that an object can be on at the same time
//   class PooledConnection : public ListNode<Idle> { ... };
//   IntrusiveList<PooledConnection, Idle> idle_;
//
// Members are not owned. Destroying a node takes it out, destroying the list lets its members go.
#ifndef CLIENT_BASE_INTRUSIVE_LIST_H_
#define CLIENT_BASE_INTRUSIVE_LIST_H_

#include <cstddef>

#include "client/base/check.h"

namespace client {

template <class T, class Tag>
class IntrusiveList;

template <class Tag>
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;
  ~ListNode() { Unlink(); }

  bool linked() const { return size_ != nullptr; }
  void Unlink() {  // idempotent
    if (!linked()) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    --*size_;
    size_ = nullptr;
  }

 private:
  template <class T, class U>
  friend class IntrusiveList;

  ListNode* previous_ = nullptr;
  ListNode* next_ = nullptr;
  size_t* size_ = nullptr;  // of the list it is on
};

template <class T, class Tag>
class IntrusiveList {
 public:
  IntrusiveList() { root_.previous_ = root_.next_ = &root_; }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;
  ~IntrusiveList() {
    while (!empty()) root_.next_->Unlink();
  }

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  T* front() const { return At(root_.next_); }  // null if empty
  T* back() const { return At(root_.previous_); }
  T* Next(const T& item) const { return At(static_cast<const ListNode<Tag>&>(item).next_); }

  void PushBack(T& item) { Insert(static_cast<ListNode<Tag>&>(item), *root_.previous_); }

 private:
  T* At(ListNode<Tag>* node) const { return node == &root_ ? nullptr : static_cast<T*>(node); }
  void Insert(ListNode<Tag>& node, ListNode<Tag>& previous) {
    CHECK(!node.linked());
    node.previous_ = &previous;
    node.next_ = previous.next_;
    node.size_ = &size_;
    previous.next_->previous_ = &node;
    previous.next_ = &node;
    ++size_;
  }

  ListNode<Tag> root_;
  size_t size_ = 0;
};

}  // namespace client

#endif  // CLIENT_BASE_INTRUSIVE_LIST_H_
