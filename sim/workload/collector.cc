#include "sim/workload/collector.h"

#include <algorithm>

namespace sim {

Collector::Collector(World& world, WorkloadObserver& observer, Options options)
    : world_(world),
      observer_(observer),
      options_(options),
      name_(client::MakeName(world.loop(), Name(), "collector")),
      source_(world.loop(), name_),
      collect_([](void* self) { static_cast<Collector*>(self)->CollectOne(); }, this) {}

Collector::~Collector() {
  world_.set_step_hook(nullptr);
  while (!garbage_.empty()) Destroy(garbage_.size() - 1);
}

void Collector::Take(std::unique_ptr<Garbage> garbage) {
  const std::vector<int64_t>& menu = world_.config().menus[static_cast<size_t>(Label::kGcCollect)];
  const size_t steps = std::max<size_t>(menu.size(), 1);
  const uint32_t count = static_cast<uint32_t>(steps) + (options_.after_loop ? 2 : 1);
  const uint32_t drawn = world_.Choose(Label::kGcCollect, garbage->name, count);
  if (drawn < steps) {
    garbage->due_step = world_.history().steps() + (menu.empty() ? 0 : static_cast<uint64_t>(menu[drawn]));
  } else {
    garbage->when = drawn == steps ? When::kAfterSession : When::kAfterLoop;
  }
  world_.Record(TraceKind::kWorkload, garbage->name, 6, drawn);
  observer_.Abandoned(garbage->name);
  garbage_.push_back(std::move(garbage));
  world_.set_step_hook(this);
}

void Collector::AfterStep() {
  if (!collect_.posted()) PostIfDue();
}

bool Collector::IsDue(const Garbage& garbage) const {
  return all_due_ || (garbage.when == When::kSteps && garbage.due_step <= world_.history().steps());
}

void Collector::PostIfDue() {
  const bool due = std::any_of(garbage_.begin(), garbage_.end(),
                               [this](const std::unique_ptr<Garbage>& garbage) { return IsDue(*garbage); });
  if (due) world_.loop().Post(source_, collect_);
}

bool Collector::RunDry(bool closing) {
  bool any = false;
  for (const std::unique_ptr<Garbage>& garbage : garbage_) {
    if (garbage->when == When::kAfterLoop || (garbage->when == When::kAfterSession && !closing)) continue;
    garbage->when = When::kSteps;
    garbage->due_step = 0;
    any = true;
  }
  if (any && !collect_.posted()) PostIfDue();
  return any;
}

void Collector::LoopStopped() {
  all_due_ = true;
  while (!garbage_.empty()) CollectOne();
}

void Collector::CollectOne() {
  std::vector<size_t> due;
  for (size_t i = 0; i < garbage_.size(); ++i) {
    if (IsDue(*garbage_[i])) due.push_back(i);
  }
  if (due.empty()) return;
  Destroy(due[world_.Choose(Label::kGcOrder, name_, static_cast<uint32_t>(due.size()))]);
}

void Collector::Destroy(size_t index) {
  const std::unique_ptr<Garbage> garbage = std::move(garbage_[index]);
  garbage_.erase(garbage_.begin() + static_cast<ptrdiff_t>(index));
  if (garbage_.empty()) world_.set_step_hook(nullptr);
  world_.Record(TraceKind::kWorkload, garbage->name, 7);
  observer_.Collected(garbage->name);
}

}  // namespace sim
