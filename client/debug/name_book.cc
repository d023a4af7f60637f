#include "client/debug/name_book.h"

#include "absl/strings/str_cat.h"

namespace client {

void NameBook::Add(Name name, Name parent, const NameKind& kind, uint32_t number) {
  const auto [at, added] = entries_.try_emplace(name);
  if (!added) return;  // a name is always made of the same words
  at->second = Entry{parent, std::string(kind.text()), number};
  order_.push_back(name);
  if (order_.size() <= names_max_) return;
  entries_.erase(order_.front());
  order_.pop_front();
}

std::string NameBook::Text(Name name) const {
  if (name.empty()) return "";
  const auto found = entries_.find(name);
  if (found == entries_.end()) return absl::StrCat("?", absl::Hex(name.id()));
  const Entry& entry = found->second;
  const std::string parent = Text(entry.parent);
  std::string text = absl::StrCat(parent, parent.empty() ? "" : "/", entry.kind);
  if (entry.number != 0) absl::StrAppend(&text, "#", entry.number);
  return text;
}

Name NameBook::Parent(Name name) const {
  const auto found = entries_.find(name);
  return found != entries_.end() ? found->second.parent : Name();
}

std::string NameBook::KindOf(Name name) const {
  const auto found = entries_.find(name);
  return found != entries_.end() ? found->second.kind : "";
}

}  // namespace client
