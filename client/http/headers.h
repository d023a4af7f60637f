// Header fields of a message, in the order in which they were added (RFC 9110 section 5).
//
//   Headers headers;
//   headers.Add("Accept", "text/plain");
//   headers.Set("accept", "*/*");                // names are compared without case; the old fields are gone
//   for (const Headers::Field& field : headers) Print(field.name, field.value);
//
// All text lies in one string and all positions in one vector, so that a copy costs two allocations whatever the number
// of fields, and clearing keeps both for the next message. Views into it are valid until the next change.
#ifndef CLIENT_HTTP_HEADERS_H_
#define CLIENT_HTTP_HEADERS_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace client {

// RFC 9110 section 5.6.2: one or more tchar. What a method and the name of a field are made of.
bool IsToken(absl::string_view text);
// RFC 9110 section 5.5: visible characters, spaces, tabs, obs-text; no space at either end. Above all no CR, LF or NUL.
bool IsFieldValue(absl::string_view text);
// True if `token` is an element of the comma-separated list `list`, without case (RFC 9110 section 5.6.1).
bool ListHasToken(absl::string_view list, absl::string_view token);

class Headers {
 public:
  struct Field {
    absl::string_view name;
    absl::string_view value;
  };

  // Nothing is validated here; the serializer refuses what must not go out. Text is at most 4 GiB in all.
  void Add(absl::string_view name, absl::string_view value);
  void Set(absl::string_view name, absl::string_view value);  // in the place of the first, or at the end
  size_t Remove(absl::string_view name);                      // returns how many there were
  void Clear();                                               // keeps the memory
  void Reserve(size_t fields, size_t bytes);

  absl::optional<absl::string_view> Get(absl::string_view name) const;  // the first
  std::vector<absl::string_view> GetAll(absl::string_view name) const;
  bool Has(absl::string_view name) const { return Find(name, 0) != size(); }
  size_t Count(absl::string_view name) const;
  // True if any field of this name is a list that holds `token`: `Connection: close, upgrade`.
  bool HasToken(absl::string_view name, absl::string_view token) const;

  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  Field operator[](size_t index) const {
    const Entry& entry = entries_[index];
    const char* start = text_.data() + entry.start;
    return Field{absl::string_view(start, entry.name_size),
                 absl::string_view(start + entry.name_size, entry.value_size)};
  }
  // The index of the first field of this name at or after `from`; size() if there is none.
  size_t Find(absl::string_view name, size_t from) const;

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Field;
    using difference_type = std::ptrdiff_t;
    using pointer = const Field*;
    using reference = Field;

    Iterator(const Headers* headers, size_t index) : headers_(headers), index_(index) {}
    Field operator*() const { return (*headers_)[index_]; }
    Iterator& operator++() { return ++index_, *this; }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.index_ == b.index_; }
    friend bool operator!=(const Iterator& a, const Iterator& b) { return a.index_ != b.index_; }

   private:
    const Headers* headers_;
    size_t index_;
  };
  Iterator begin() const { return Iterator(this, 0); }
  Iterator end() const { return Iterator(this, size()); }

  // For a parser, which receives a field piece by piece: the pieces of its name, those of its value, then Commit().
  // TrimValue() cuts spaces and tabs off the end of the value.
  void AppendToName(absl::string_view piece);
  void AppendToValue(absl::string_view piece);
  void TrimValue();
  void Commit();

  std::string DebugString() const;  // "Host: a.test; Accept: */*"

 private:
  struct Entry {
    uint32_t start;  // of the name in text_; the value follows at once
    uint32_t name_size;
    uint32_t value_size;
  };

  std::string text_;
  std::vector<Entry> entries_;
  Entry pending_ = {0, 0, 0};  // the field that is being appended to
};

}  // namespace client

#endif  // CLIENT_HTTP_HEADERS_H_
