// Where a world asks: what its scenario does not offer is 0, what has one alternative is no decision, and everything
// else goes to the choice source and onto the tape.
#ifndef SIM_WORLD_DECISIONS_H_
#define SIM_WORLD_DECISIONS_H_

#include <cstdint>
#include <vector>

#include "client/base/check.h"
#include "sim/choice/choice_source.h"
#include "sim/choice/tape.h"
#include "sim/world/arena.h"

namespace sim {

// Which labels a scenario offers.
class Offers {
 public:
  void Add(Label label) { bits_ |= uint64_t{1} << static_cast<unsigned>(label); }
  void Remove(Label label) { bits_ &= ~(uint64_t{1} << static_cast<unsigned>(label)); }
  bool Has(Label label) const { return (bits_ >> static_cast<unsigned>(label) & 1) != 0; }

 private:
  uint64_t bits_ = 0;
};

// The alternatives of a menu are known by their values, so that a kept tape survives an edit of the menu.
template <class Value>
class MenuAlternatives final : public Alternatives {
 public:
  explicit MenuAlternatives(const std::vector<Value>& menu) : menu_(menu) {}
  Name Id(uint32_t index) const override { return Name::FromId(static_cast<uint64_t>(menu_[index])); }

 private:
  const std::vector<Value>& menu_;
};

class Decisions {
 public:
  Decisions(Offers offers, ChoiceSource& source, Tape& tape) : offers_(offers), source_(source), tape_(tape) {}

  // In [0, count), and of the first 65 535 alternatives, which is what a tape can say. One call per full expression:
  // compilers order arguments differently.
  uint32_t Choose(Label label, Name asker, uint32_t count, const Alternatives* alternatives = nullptr) {
    const uint32_t index = Ask(label, asker, count, alternatives);
    Note(label, asker, count, index, alternatives != nullptr ? alternatives->Id(index) : Name());
    return index;
  }

  // Choose() in two halves, for who knows the chosen one's id at once: the answer, then its entry on the tape.
  uint32_t Ask(Label label, Name asker, uint32_t count, const Alternatives* alternatives) {
    if (!IsDecision(label, count)) return 0;
    count = Capped(count);
    HostScope host;  // what a source allocates outlives the run
    const uint32_t index = source_.Choose({label, asker, count, alternatives});
    CHECK_LT(index, count);
    return index;
  }
  void Note(Label label, Name asker, uint32_t count, uint32_t index, Name chosen) {
    if (!IsDecision(label, count)) return;
    tape_.Append({asker, chosen, index, static_cast<uint16_t>(Capped(count)), label});
  }

  // Tells a source that watches what a step did.
  bool watched() const { return source_.watches(); }
  void AfterStep(Name source, uint64_t touched) {
    HostScope host;
    source_.AfterStep(source, touched);
  }

  bool offers(Label label) const { return offers_.Has(label); }

  // From now on every answer to a label of a fault is 0 and not recorded: the network heals.
  void Withdraw(Label label) { offers_.Remove(label); }
  // The run is over: whoever is destroyed now and asks is answered 0.
  void WithdrawAll() { offers_ = Offers(); }

  // False if the source cannot go on: see ChoiceSource::ok().
  bool ok() const { return source_.ok() && !tape_.overflowed(); }

 private:
  bool IsDecision(Label label, uint32_t count) const { return count > 1 && offers_.Has(label); }
  static uint32_t Capped(uint32_t count) { return count < 65'535 ? count : 65'535; }

  Offers offers_;
  ChoiceSource& source_;
  Tape& tape_;
};

}  // namespace sim

#endif  // SIM_WORLD_DECISIONS_H_
