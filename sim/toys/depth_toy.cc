#include "sim/toys/depth_toy.h"

#include "sim/toys/toy.h"

namespace sim {
namespace {

constexpr int kFirstSteps = 22;
constexpr int kSecondSteps = 6;
constexpr int kBystanderSteps = 6;
constexpr int kFirstBegins = 18;  // the step of the first task that begins the chain
constexpr int kSecondJoins = 2;   // the step of the second task that goes on with it

constexpr Name kChain = Name().Child("chain", 0);
constexpr Name kElsewhere = Name().Child("elsewhere", 0);

class DepthToy final : public Toy {
 public:
  DepthToy(World& world, int depth) : Toy(world), depth_(depth) {}
  void Spawn() override {
    Toy::Spawn(1, First(*this));
    Toy::Spawn(2, Second(*this));
    Toy::Spawn(3, Bystander(*this));
    Toy::Spawn(4, Bystander(*this));
  }

 private:
  static Task<> First(DepthToy& toy) {
    for (int step = 1; step <= kFirstSteps; ++step) {
      toy.first_began_ = true;
      // Events 1, 3 and 5 of the chain.
      const int event = step < kFirstBegins ? 0 : 2 * (step - kFirstBegins) + 1;
      toy.Step(event);
      co_await Yield();
    }
  }
  static Task<> Second(DepthToy& toy) {
    for (int step = 1; step <= kSecondSteps; ++step) {
      // Events 2 and 4.
      const int event = step < kSecondJoins ? 0 : 2 * (step - kSecondJoins) + 2;
      toy.Step(event);
      if (step == kSecondSteps) toy.Expect(toy.depth_ != 1 || toy.first_began_, "the second ended first");
      co_await Yield();
    }
  }
  static Task<> Bystander(DepthToy& toy) {
    for (int step = 1; step <= kBystanderSteps; ++step) {
      toy.world().Record(TraceKind::kToy, kElsewhere);
      co_await Yield();
    }
  }

  // A step that is event `event` of the chain (0: before it begins). Whoever makes a step out of turn breaks the chain.
  void Step(int event) {
    world().Record(TraceKind::kToy, kChain, static_cast<uint64_t>(event));
    if (event == 0) return;
    chain_ = event == chain_ + 1 ? event : -kFirstSteps;
    Expect(depth_ == 1 || chain_ != depth_, "the chain is complete");
  }

  int depth_;
  int chain_ = 0;  // events so far; negative once it is broken
  bool first_began_ = false;
};

}  // namespace

std::unique_ptr<Subject> MakeDepthToy(World& world, int depth) { return std::make_unique<DepthToy>(world, depth); }

}  // namespace sim
