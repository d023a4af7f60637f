#include "sim/workload/canceller.h"

#include "absl/time/time.h"

namespace sim {

Canceller::Canceller(World& world, Name task, Ways ways, void* argument)
    : world_(world),
      name_(AskerFor(world, task)),
      ways_(ways),
      argument_(argument),
      source_(world.loop(), name_),
      now_([](void* self) { static_cast<Canceller*>(self)->Now(); }, this),
      later_(world.loop(), name_, TimerKind::kSleep, [](void* self) { static_cast<Canceller*>(self)->Now(); }, this) {}

void Canceller::Disarm() {
  when_woken_ = false;
  world_.loop().Cancel(now_);
  later_.Cancel();
}

bool Canceller::Resuming() {
  if (abandoned_) return false;
  if (!when_woken_) return true;
  Now();
  return false;
}

Canceller::Answer Canceller::Ask() {
  const bool abandon = ways_.abandon != nullptr;
  if (ways_.cancel == nullptr) return world_.Choose(Label::kTaskCancel, name_, 2) == 0 ? kGoOn : kAbandon;
  return static_cast<Answer>(world_.Choose(Label::kTaskCancel, name_, abandon ? kAnswerCount : kAbandon));
}

void Canceller::Suspended() {
  if (abandoned_ || now_.posted() || later_.pending()) return;
  switch (Ask()) {
    case kNow:
      world_.loop().Post(source_, now_);
      break;
    case kWhenWoken:
      when_woken_ = true;
      break;
    case kLater:
      later_.PostAt(world_.loop().Now() + absl::Nanoseconds(world_.ChooseFromMenu(Label::kTaskCancel, name_)));
      break;
    case kAbandon:
      Disarm();
      abandoned_ = true;
      ways_.abandon(argument_);
      break;
    case kGoOn:
    case kAnswerCount:
      break;
  }
}

void Canceller::Now() {
  Disarm();
  ways_.cancel(argument_);
}

}  // namespace sim
