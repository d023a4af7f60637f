#include "sim/workload/canceller.h"

#include "absl/time/time.h"

namespace sim {

Canceller::Canceller(World& world, Name task, Cancel cancel, void* argument)
    : world_(world),
      name_(client::MakeName(world.loop(), task, "cancel")),
      cancel_(cancel),
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
  if (!when_woken_) return true;
  Now();
  return false;
}

void Canceller::Suspended() {
  if (now_.posted() || later_.pending()) return;
  switch (world_.Choose(Label::kTaskCancel, name_, 4)) {
    case 1:
      world_.loop().Post(source_, now_);
      break;
    case 2:
      when_woken_ = true;
      break;
    case 3:
      later_.PostAt(world_.loop().Now() + absl::Nanoseconds(world_.ChooseFromMenu(Label::kTaskCancel, name_)));
      break;
    default:
      break;
  }
}

void Canceller::Now() {
  Disarm();
  cancel_(argument_);
}

}  // namespace sim
