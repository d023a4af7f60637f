// Remembers how to render names, for dumps of a program that runs on real sockets.
//
//   NamingUvLoop loop;               // instead of UvLoop
//   loop.names().Text(task.name())   // "user/download"
#ifndef CLIENT_DEBUG_NAME_BOOK_H_
#define CLIENT_DEBUG_NAME_BOOK_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "client/base/name.h"
#include "client/net/uv_loop.h"

namespace client {

class NameBook {
 public:
  // Of more names than that the oldest are forgotten.
  explicit NameBook(size_t names_max) : names_max_(names_max) {}

  void Add(Name name, Name parent, const NameKind& kind, uint32_t number);

  std::string Text(Name name) const;  // "user/download#2"; "?1234abcd" if it is not known any more
  Name Parent(Name name) const;       // empty if it has none, or is not known any more
  std::string KindOf(Name name) const;
  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Name parent;
    std::string kind;
    uint32_t number;
  };

  const size_t names_max_;
  std::map<Name, Entry> entries_;
  std::deque<Name> order_;  // of the first mention
};

class NamingUvLoop : public UvLoop {
 public:
  static constexpr size_t kNamesMax = 100'000;

  const NameBook& names() const { return names_; }
  void Register(Name name, Name parent, const NameKind& kind, uint32_t number) override {
    names_.Add(name, parent, kind, number);
  }

 private:
  NameBook names_{kNamesMax};
};

}  // namespace client

#endif  // CLIENT_DEBUG_NAME_BOOK_H_
