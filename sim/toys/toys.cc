#include "sim/toys/toys.h"

#include <cstdint>
#include <memory>

#include "sim/toys/depth_toy.h"
#include "sim/toys/pool_toy.h"
#include "sim/toys/toy.h"

namespace sim {
namespace {

// A waiter says that it waits, then looks at the flag, or the other way round; a notifier sets the flag, then looks who
// waits. A token keeps the wake-up for a waiter that is not asleep yet.
struct Mailbox {
  enum : uint32_t { kFlag, kWaiters, kTokens };

  Footprint& touched;
  int flag = 0;
  int waiters = 0;
  int tokens = 0;
  ToyEvent event;
};

Task<> Notify(Mailbox& box) {
  co_await Yield();
  box.touched.Write(Mailbox::kFlag);
  box.flag = 1;
  co_await Yield();
  box.touched.Read(Mailbox::kWaiters);
  if (box.waiters > 0) {
    co_await Yield();
    box.touched.Write(Mailbox::kTokens);
    ++box.tokens;
    box.event.WakeAll();
  }
}

Task<> TakeToken(Mailbox& box) {
  box.touched.Write(Mailbox::kTokens);
  while (box.tokens == 0) {
    co_await box.event.Wait();
    box.touched.Write(Mailbox::kTokens);
  }
  --box.tokens;
}

Task<> LookThenRegister(Mailbox& box) {
  co_await Yield();
  box.touched.Read(Mailbox::kFlag);
  if (box.flag == 0) {
    co_await Yield();
    box.touched.Write(Mailbox::kWaiters);
    ++box.waiters;
    co_await Yield();
    co_await TakeToken(box);
  }
}

Task<> RegisterThenLook(Mailbox& box) {
  co_await Yield();
  box.touched.Write(Mailbox::kWaiters);
  ++box.waiters;
  co_await Yield();
  box.touched.Read(Mailbox::kFlag);
  if (box.flag == 0) {
    co_await Yield();
    co_await TakeToken(box);
  }
}

template <Task<> (*kWaiter)(Mailbox&)>
class MailboxToy final : public Toy {
 public:
  explicit MailboxToy(World& world) : Toy(world), box_{.touched = SayWhatIsTouched()} {}
  void Spawn() override {
    Toy::Spawn(1, kWaiter(box_));
    Toy::Spawn(2, Notify(box_));
  }

 private:
  Mailbox box_;
};

Task<> Increment(int& x, Footprint& touched, int times) {
  for (int i = 0; i < times; ++i) {
    co_await Yield();
    touched.Write(0);
    ++x;
  }
}

template <int kTasks, int kTimes>
class IncrementToy final : public Toy {
 public:
  explicit IncrementToy(World& world) : Toy(world), touched_(SayWhatIsTouched()) {}
  void Spawn() override {
    for (int i = 0; i < kTasks; ++i) Toy::Spawn(static_cast<uint32_t>(i + 1), Increment(x_, touched_, kTimes));
  }
  void Judge() override { Expect(x_ == kTasks * kTimes, "an increment was lost"); }
  uint64_t EndState() const override { return static_cast<uint64_t>(x_); }

 private:
  Footprint& touched_;
  int x_ = 0;
};

// The bug needs the other task's addition between two neighbouring steps in the middle of this one.
class DeepToy final : public Toy {
 public:
  explicit DeepToy(World& world) : Toy(world), touched_(SayWhatIsTouched()) {}
  void Spawn() override {
    Toy::Spawn(1, SetAndLook(*this));
    Toy::Spawn(2, Add(*this));
  }

 private:
  static Task<> SetAndLook(DeepToy& toy) {
    for (int k = 0; k < 20; ++k) {
      co_await Yield();
      if (k != 10) continue;
      co_await Yield();
      toy.touched_.Write(0);
      toy.x_ = 100;
      co_await Yield();
      toy.touched_.Read(0);
      toy.Expect(toy.x_ != 111, "the addition came in between");
    }
  }
  static Task<> Add(DeepToy& toy) {
    for (int k = 0; k < 20; ++k) {
      co_await Yield();
      if (k != 10) continue;
      toy.touched_.Write(0);
      toy.x_ += 11;
    }
  }

  Footprint& touched_;
  int x_ = 0;
};

template <class T>
std::unique_ptr<Subject> Make(World& world) {
  return std::make_unique<T>(world);
}

template <int kConnections, int kRequests, int kChunks, bool kFixed>
std::unique_ptr<Subject> MakePool(World& world) {
  return MakePoolToy(world, {.connections = kConnections, .requests = kRequests, .chunks = kChunks, .fixed = kFixed});
}

template <int kDepth>
std::unique_ptr<Subject> MakeDepth(World& world) {
  return MakeDepthToy(world, kDepth);
}

const std::vector<ToyProgram>& Toys() {
  static const auto& toys = *new std::vector<ToyProgram>{
      {"fixed2", Make<MailboxToy<RegisterThenLook>>},
      {"lost", Make<MailboxToy<LookThenRegister>>},
      {"incr_3_4", Make<IncrementToy<3, 4>>},
      {"incr_8_100", Make<IncrementToy<8, 100>>},
      {"deep", Make<DeepToy>},
      {"depth_1", MakeDepth<1>},
      {"depth_2", MakeDepth<2>},
      {"depth_3", MakeDepth<3>},
      {"depth_4", MakeDepth<4>},
      {"depth_5", MakeDepth<5>},
      {"pool", MakePool<2, 3, 3, false>},
      {"pool_fixed", MakePool<2, 3, 3, true>},
      {"pool_1_1_1", MakePool<1, 1, 1, true>},
      {"pool_1_1_2", MakePool<1, 1, 2, true>},
      {"pool_1_2_1", MakePool<1, 2, 1, true>},
      {"pool_2_2_1", MakePool<2, 2, 1, true>},
      {"pool_2_2_2", MakePool<2, 2, 2, true>},
      {"pool_2_3_3", MakePool<2, 3, 3, true>},
  };
  return toys;
}

}  // namespace

const Program* FindToy(absl::string_view name) {
  for (const ToyProgram& toy : Toys()) {
    if (toy.name() == name) return &toy;
  }
  return nullptr;
}

std::vector<absl::string_view> ToyNames() {
  std::vector<absl::string_view> names;
  for (const ToyProgram& toy : Toys()) names.push_back(toy.name());
  return names;
}

}  // namespace sim
