#include "sim/toys/canaries.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>

#include "absl/container/flat_hash_set.h"
#include "sim/toys/toy.h"

namespace sim {
namespace {

class MustFail final : public Toy {
 public:
  explicit MustFail(World& world) : Toy(world) {}
  void Spawn() override {
    Toy::Spawn(1, First(*this));
    Toy::Spawn(2, Second(*this));
  }

 private:
  static Task<> First(MustFail& toy) {
    co_await Yield();
    toy.first_was_here_ = true;
  }
  static Task<> Second(MustFail& toy) {
    co_await Yield();
    toy.Expect(toy.first_was_here_, "the second task ran before the first");
  }

  bool first_was_here_ = false;
};

class ToyMutex {
 public:
  Task<> Lock() {
    while (locked_) co_await unlocked_.Wait();
    locked_ = true;
  }
  void Unlock() {
    locked_ = false;
    unlocked_.WakeOne();
  }

 private:
  bool locked_ = false;
  ToyEvent unlocked_;
};

class MustStall final : public Toy {
 public:
  explicit MustStall(World& world) : Toy(world) {}
  void Spawn() override {
    Toy::Spawn(1, LockBoth(left_, right_));
    Toy::Spawn(2, LockBoth(right_, left_));
  }

 private:
  static Task<> LockBoth(ToyMutex& first, ToyMutex& second) {
    co_await first.Lock();
    co_await Yield();
    co_await second.Lock();
    second.Unlock();
    first.Unlock();
  }

  ToyMutex left_;
  ToyMutex right_;
};

class MustHang final : public Toy {
 public:
  explicit MustHang(World& world) : Toy(world) {}
  void Spawn() override { Toy::Spawn(1, Spin()); }

 private:
  static Task<> Spin() {
    co_await Yield();
    for (volatile bool forever = true; forever;) {
    }
  }
};

// A toy that records a sequence of numbers, one per step, which ought to be the same in every run.
class OrderToy : public Toy {
 public:
  using Toy::Toy;
  void Spawn() override { Toy::Spawn(1, RecordAll(*this)); }

 protected:
  static constexpr size_t kNumbers = 64;
  virtual void Fill(std::array<uint64_t, kNumbers>& numbers) = 0;

 private:
  static Task<> RecordAll(OrderToy& toy) {
    std::array<uint64_t, kNumbers> numbers;
    toy.Fill(numbers);
    for (const uint64_t number : numbers) {
      co_await Yield();
      toy.world().Record(TraceKind::kToy, Name(), number);
    }
  }
};

class ClockOrder final : public OrderToy {
 public:
  explicit ClockOrder(World& world) : OrderToy(world) {}

 private:
  void Fill(std::array<uint64_t, kNumbers>& numbers) override {
    for (uint64_t& number : numbers) {
      const auto now = std::chrono::steady_clock::now();  // tidy: canary
      number = static_cast<uint64_t>(now.time_since_epoch().count());
    }
  }
};

class HashOrder final : public OrderToy {
 public:
  explicit HashOrder(World& world) : OrderToy(world) {}

 private:
  void Fill(std::array<uint64_t, kNumbers>& numbers) override {
    absl::flat_hash_set<uint64_t> table;  // tidy: canary
    // Large, so that the few bits of its address that go into its order make a difference.
    for (uint64_t i = 0; i < 5000; ++i) table.insert(i);
    std::copy_n(table.begin(), kNumbers, numbers.begin());
  }
};

class PointerOrder final : public OrderToy {
 public:
  explicit PointerOrder(World& world) : OrderToy(world) {}

 private:
  struct Widget {
    uint64_t number;
  };
  static uint64_t Bucket(const std::unique_ptr<Widget>& widget) {
    return reinterpret_cast<uintptr_t>(widget.get()) % 1009;
  }

  void Fill(std::array<uint64_t, kNumbers>& numbers) override {
    std::array<std::unique_ptr<Widget>, kNumbers> widgets;
    for (size_t i = 0; i < kNumbers; ++i) widgets[i] = std::make_unique<Widget>(Widget{i});
    std::sort(widgets.begin(), widgets.end(), [](const auto& a, const auto& b) { return Bucket(a) < Bucket(b); });
    for (size_t i = 0; i < kNumbers; ++i) numbers[i] = widgets[i]->number;
  }
};

// Forks inherit it.
const auto kSalt = std::chrono::steady_clock::now().time_since_epoch().count();  // tidy: canary

class SaltOrder final : public OrderToy {
 public:
  explicit SaltOrder(World& world) : OrderToy(world) {}

 private:
  void Fill(std::array<uint64_t, kNumbers>& numbers) override {
    for (size_t i = 0; i < kNumbers; ++i) numbers[i] = (static_cast<uint64_t>(kSalt) + i) % 1009;
  }
};

template <class T>
std::unique_ptr<Subject> Make(World& world) {
  return std::make_unique<T>(world);
}

const std::array<ToyProgram, 7>& Canaries() {
  static const auto& canaries = *new std::array<ToyProgram, 7>{{
      {"must_fail", Make<MustFail>},
      {"must_stall", Make<MustStall>},
      {"must_hang", Make<MustHang>},
      {"clock_order", Make<ClockOrder>},
      {"hash_order", Make<HashOrder>},
      {"pointer_order", Make<PointerOrder>},
      {"salt_order", Make<SaltOrder>},
  }};
  return canaries;
}

}  // namespace

const Program* FindCanary(absl::string_view name) {
  for (const ToyProgram& canary : Canaries()) {
    if (canary.name() == name) return &canary;
  }
  return nullptr;
}

std::vector<absl::string_view> CanaryNames() {
  std::vector<absl::string_view> names;
  for (const ToyProgram& canary : Canaries()) names.push_back(canary.name());
  return names;
}

}  // namespace sim
