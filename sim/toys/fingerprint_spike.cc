// How many states of a world merge when its bytes are compared? Run by hand: bazel run //sim/toys:fingerprint_spike
//
// Depth first over the choices, running again from the start, and cutting a run that comes to a state seen before. A
// state is taken at each decision, in three ways:
//
//   bytes    all of the arena that is used
//   blocks   live blocks without the World itself (its scheduler counts what has been), and who is ready, in order
//   masked   the same, who is ready as a set, and without the slot in which a source is listed as ready
//
// What it has shown is in sim/README.md.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <set>
#include <vector>

#include "client/async/task_group.h"
#include "sim/choice/choice_source.h"
#include "sim/toys/toys.h"
#include "sim/world/runner.h"

namespace sim {
namespace {

enum class Level { kBytes, kBlocks, kMasked };

class StatefulSource final : public ChoiceSource {
 public:
  StatefulSource(Runner& runner, Level level) : runner_(runner), level_(level) {}

  void BeginRun() override {
    depth_ = 0;
    ok_ = true;
  }
  uint32_t Choose(const Question& question) override {
    if (!ok_) return 0;
    if (depth_ == path_.size()) {
      ++decisions_;
      if (!seen_.insert(Fingerprint(question)).second) {
        ok_ = false;
        return 0;
      }
      path_.push_back({0, question.count});
    }
    return path_[depth_++].index;
  }
  bool Next() {
    path_.resize(depth_);
    while (!path_.empty()) {
      if (++path_.back().index < path_.back().count) return true;
      path_.pop_back();
    }
    return false;
  }

  size_t states() const { return seen_.size(); }
  uint64_t decisions() const { return decisions_; }

 private:
  struct Node {
    uint32_t index, count;
  };

  uint64_t Fingerprint(const Question& question) const {
    const Arena& arena = *runner_.arena();
    if (level_ == Level::kBytes) return XXH3_64bits(arena.begin(), arena.used_bytes());
    uint64_t hash = Ready(question);
    const World* world = nullptr;
    std::vector<const void*> tasks;
    std::vector<char> bytes;
    arena.ForEachLive([&](const Arena::Block& block) {
      if (world == nullptr) {  // the Runner's first allocation
        world = static_cast<const World*>(block.address);
        for (auto* task = world->loop().first_task; task != nullptr; task = task->next_of_loop()) tasks.push_back(task);
        return;
      }
      bytes.assign(static_cast<const char*>(block.address), static_cast<const char*>(block.address) + block.size);
      const bool is_task = std::find(tasks.begin(), tasks.end(), block.address) != tasks.end();
      // The source's ready_position, behind the task's table of virtual functions.
      if (level_ == Level::kMasked && is_task) std::memset(&bytes[sizeof(void*)], 0, sizeof(uint32_t));
      hash = XXH3_64bits_withSeed(bytes.data(), bytes.size(), hash ^ reinterpret_cast<uintptr_t>(block.address));
    });
    return hash;
  }
  uint64_t Ready(const Question& question) const {
    std::vector<uint64_t> ids;
    for (uint32_t i = 0; i < question.count; ++i) ids.push_back(question.alternatives->Id(i).id());
    if (level_ == Level::kMasked) std::sort(ids.begin(), ids.end());
    return XXH3_64bits(ids.data(), ids.size() * sizeof(uint64_t));
  }

  Runner& runner_;
  Level level_;
  std::vector<Node> path_;
  size_t depth_ = 0;
  uint64_t decisions_ = 0;
  std::set<uint64_t> seen_;
};

void Explore(const char* toy, Level level, const char* level_name) {
  constexpr uint64_t kRunsMax = 300'000;
  Runner runner;
  StatefulSource source(runner, level);
  uint64_t runs = 0;
  uint64_t bad = 0;
  bool more = true;
  while (more && runs < kRunsMax) {
    const Outcome outcome = runner.Run(*FindToy(toy), source, {});
    ++runs;
    if (outcome.violation.law != LawId::kNone) ++bad;
    more = source.Next();
  }
  std::printf("%-12s %-7s %8zu states %9llu decisions %8llu runs %6llu bad%s\n", toy, level_name, source.states(),
              static_cast<unsigned long long>(source.decisions()), static_cast<unsigned long long>(runs),
              static_cast<unsigned long long>(bad), more ? "  (cut)" : "");
}

}  // namespace
}  // namespace sim

int main() {
  if (!SIM_HAS_ARENA) return 0;
  for (const char* toy : {"fixed2", "lost", "incr_3_4", "pool_1_1_1", "pool_1_1_2", "pool_1_2_1", "pool_2_2_1"}) {
    sim::Explore(toy, sim::Level::kBytes, "bytes");
    sim::Explore(toy, sim::Level::kBlocks, "blocks");
    sim::Explore(toy, sim::Level::kMasked, "masked");
  }
  return 0;
}
