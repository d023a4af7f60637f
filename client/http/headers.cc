#include "client/http/headers.h"

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/base/check.h"

namespace client {
namespace {

enum CharClass : uint8_t { kTokenChar = 1, kValueChar = 2 };

constexpr std::array<uint8_t, 256> MakeCharClasses() {
  std::array<uint8_t, 256> classes = {};
  for (int c = 0; c < 256; ++c) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (alphanumeric) classes[c] |= kTokenChar;
    if (c == '\t' || (c >= ' ' && c != 0x7f)) classes[c] |= kValueChar;
  }
  for (char c : {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'}) {
    classes[static_cast<unsigned char>(c)] |= kTokenChar;
  }
  return classes;
}

constexpr std::array<uint8_t, 256> kCharClasses = MakeCharClasses();

bool AllOf(absl::string_view text, CharClass wanted) {
  for (char c : text) {
    if ((kCharClasses[static_cast<unsigned char>(c)] & wanted) == 0) return false;
  }
  return true;
}

bool IsSpace(char c) { return c == ' ' || c == '\t'; }

}  // namespace

bool IsToken(absl::string_view text) { return !text.empty() && AllOf(text, kTokenChar); }

bool IsFieldValue(absl::string_view text) {
  if (text.empty()) return true;
  return !IsSpace(text.front()) && !IsSpace(text.back()) && AllOf(text, kValueChar);
}

bool ListHasToken(absl::string_view list, absl::string_view token) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    const absl::string_view element = absl::StripAsciiWhitespace(list.substr(0, comma));
    if (absl::EqualsIgnoreCase(element, token)) return true;
    if (comma == absl::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

void Headers::Add(absl::string_view name, absl::string_view value) {
  AppendToName(name);
  AppendToValue(value);
  Commit();
}

void Headers::Set(absl::string_view name, absl::string_view value) {
  const size_t index = Find(name, 0);
  if (index == size()) return Add(name, value);
  Add(name, value);
  entries_[index] = entries_.back();
  entries_.pop_back();
  for (size_t other = Find(name, index + 1); other != size(); other = Find(name, other)) {
    entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(other));
  }
}

size_t Headers::Remove(absl::string_view name) {
  const size_t before = size();
  for (size_t index = Find(name, 0); index != size(); index = Find(name, index)) {
    entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(index));
  }
  return before - size();
}

void Headers::Clear() {
  text_.clear();
  entries_.clear();
  pending_ = Entry{0, 0, 0};
}

void Headers::Reserve(size_t fields, size_t bytes) {
  entries_.reserve(fields);
  text_.reserve(bytes);
}

absl::optional<absl::string_view> Headers::Get(absl::string_view name) const {
  const size_t index = Find(name, 0);
  if (index == size()) return absl::nullopt;
  return (*this)[index].value;
}

std::vector<absl::string_view> Headers::GetAll(absl::string_view name) const {
  std::vector<absl::string_view> values;
  for (size_t i = Find(name, 0); i != size(); i = Find(name, i + 1)) values.push_back((*this)[i].value);
  return values;
}

size_t Headers::Count(absl::string_view name) const {
  size_t count = 0;
  for (size_t i = Find(name, 0); i != size(); i = Find(name, i + 1)) ++count;
  return count;
}

bool Headers::HasToken(absl::string_view name, absl::string_view token) const {
  for (size_t i = Find(name, 0); i != size(); i = Find(name, i + 1)) {
    if (ListHasToken((*this)[i].value, token)) return true;
  }
  return false;
}

size_t Headers::Find(absl::string_view name, size_t from) const {
  for (size_t i = from; i < entries_.size(); ++i) {
    if (entries_[i].name_size == name.size() && absl::EqualsIgnoreCase((*this)[i].name, name)) return i;
  }
  return entries_.size();
}

void Headers::AppendToName(absl::string_view piece) {
  CHECK_EQ(pending_.value_size, 0u);
  CHECK_LE(text_.size() + piece.size(), size_t{~uint32_t{0}});
  text_.append(piece.data(), piece.size());
  pending_.name_size += static_cast<uint32_t>(piece.size());
}

void Headers::AppendToValue(absl::string_view piece) {
  CHECK_LE(text_.size() + piece.size(), size_t{~uint32_t{0}});
  text_.append(piece.data(), piece.size());
  pending_.value_size += static_cast<uint32_t>(piece.size());
}

void Headers::TrimValue() {
  while (pending_.value_size > 0 && IsSpace(text_.back())) {
    text_.pop_back();
    --pending_.value_size;
  }
}

void Headers::Commit() {
  entries_.push_back(pending_);
  pending_ = Entry{static_cast<uint32_t>(text_.size()), 0, 0};
}

std::string Headers::DebugString() const {
  std::string text;
  for (const Field& field : *this) {
    absl::StrAppend(&text, text.empty() ? "" : "; ", field.name, ": ", field.value);
  }
  return text;
}

}  // namespace client
