#include "sim/world/retainers.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace sim {
namespace {

using client::ClientError;
using client::Name;
using client::NamedObject;

constexpr size_t kNone = ~size_t{0};

}  // namespace

class Retainers::Collect final : public client::ReferenceVisitor {
 public:
  Collect(Retainers& retainers, size_t node) : retainers_(retainers), node_(node) {}
  void Holds(const NamedObject& object) override { Add(retainers_.NodeOf(object)); }
  void Holds(const ClientError& error) override { Add(retainers_.NodeOf(error)); }

 private:
  void Add(size_t held) {
    std::vector<size_t>& holds = retainers_.nodes_[node_].holds;
    if (held != kNone && std::find(holds.begin(), holds.end(), held) == holds.end()) holds.push_back(held);
  }

  Retainers& retainers_;
  const size_t node_;
};

Retainers::Retainers(const client::NamedObjects& objects) {
  for (const NamedObject* object = objects.first(); object != nullptr; object = object->next()) {
    nodes_.push_back(Node{.object = object, .error = nullptr, .holds = {}});
  }
  objects_ = nodes_.size();
  for (size_t i = 0; i < nodes_.size(); ++i) {  // errors are added on the way
    const Node node = nodes_[i];
    Collect collect(*this, i);
    if (node.object != nullptr) node.object->VisitReferences(collect);
    if (node.error != nullptr) node.error->VisitReferences(collect);
  }
}

size_t Retainers::NodeOf(const NamedObject& object) const {
  for (size_t i = 0; i < objects_; ++i) {
    if (nodes_[i].object == &object) return i;
  }
  return kNone;
}

size_t Retainers::NodeOf(const ClientError& error) {
  for (size_t i = objects_; i < nodes_.size(); ++i) {
    if (nodes_[i].error->id() == error.id()) return i;
  }
  nodes_.push_back(Node{.object = nullptr, .error = &error, .holds = {}});
  return nodes_.size() - 1;
}

Retainers::Path Retainers::Search(size_t from, bool backward, absl::FunctionRef<bool(size_t)> wanted) const {
  std::vector<size_t> came_from(nodes_.size(), kNone);
  std::vector<size_t> queue = {from};
  for (size_t at = 0; at < queue.size(); ++at) {
    const size_t node = queue[at];
    for (size_t next = 0; next < nodes_.size(); ++next) {
      const std::vector<size_t>& holds = nodes_[backward ? next : node].holds;
      if (std::find(holds.begin(), holds.end(), backward ? node : next) == holds.end()) continue;
      if (came_from[next] != kNone) continue;
      came_from[next] = node;
      queue.push_back(next);
      if (!wanted(next)) continue;
      Path path = {next};
      for (size_t step = node; step != from; step = came_from[step]) path.push_back(step);
      path.push_back(from);
      if (!backward) std::reverse(path.begin(), path.end());
      return path;
    }
  }
  return {};
}

Retainers::Path Retainers::CycleThrough(size_t node) const {
  Path cycle = Search(node, false, [node](size_t other) { return other == node; });
  if (cycle.empty()) return cycle;
  cycle.pop_back();
  for (size_t i = 0; i + 1 < cycle.size(); ++i) {
    if (nodes_[cycle[i + 1]].error == nullptr) continue;
    std::rotate(cycle.begin(), cycle.begin() + static_cast<ptrdiff_t>(i), cycle.end());
    break;
  }
  cycle.push_back(cycle.front());
  return cycle;
}

std::vector<Retainers::Path> Retainers::Keeping(size_t node) const {
  Path cycle = CycleThrough(node);
  if (!cycle.empty()) return {std::move(cycle)};
  Path path = Search(node, true, [this](size_t other) { return !CycleThrough(other).empty(); });
  if (!path.empty()) return {CycleThrough(path.front()), path};
  path = Search(node, true, [this](size_t other) {
    return std::none_of(nodes_.begin(), nodes_.end(), [other](const Node& holder) {
      return std::find(holder.holds.begin(), holder.holds.end(), other) != holder.holds.end();
    });
  });
  if (path.empty()) path = {node};
  return {std::move(path)};
}

std::string Retainers::Text(const Node& node, Words words) const {
  if (node.error != nullptr) return absl::StrCat("error '", node.error->DebugString(), "'");
  std::string name = words(node.object->name());
  const absl::string_view what = node.object->what();
  return absl::StrContains(name, what) ? name : absl::StrCat(what, " ", name);
}

std::string Retainers::Text(const Path& path, Words words) const {
  std::string text;
  for (const size_t node : path) absl::StrAppend(&text, text.empty() ? "" : " -> ", Text(nodes_[node], words));
  return path.size() == 1 ? absl::StrCat(text, ", which nobody known holds") : text;
}

std::vector<std::string> Retainers::Describe(Words words) const {
  std::vector<std::string> lines;
  std::vector<bool> told(nodes_.size(), false);
  const auto tell = [&](size_t node) {
    if (told[node]) return;
    for (const Path& path : Keeping(node)) {
      if (std::all_of(path.begin(), path.end(), [&told](size_t step) { return told[step]; })) continue;
      for (const size_t step : path) told[step] = true;
      lines.push_back(Text(path, words));
    }
  };
  for (size_t i = 0; i < objects_; ++i) {
    if (!CycleThrough(i).empty()) tell(i);
  }
  for (size_t i = objects_; i-- > 0;) tell(i);  // who was made late is held by who was made early
  return lines;
}

std::vector<std::string> Retainers::DescribeOne(Name name, Words words) const {
  std::vector<std::string> lines;
  for (size_t i = 0; lines.empty() && i < objects_; ++i) {
    if (nodes_[i].object->name() != name) continue;
    for (const Path& path : Keeping(i)) lines.push_back(Text(path, words));
  }
  return lines;
}

}  // namespace sim
