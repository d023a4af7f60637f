#include "client/net/ready_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "sim/choice/prng.h"
#include "sim/choice/random_source.h"
#include "sim/world/scheduler.h"

namespace sim {
namespace {

using client::SelectBit;

struct Fixture {
  History history;
  RandomSource random;
  Decisions decisions{Offers(), random, history.tape()};
  Scheduler loop{decisions, history};
};

TEST(SelectBitTest, AgreesWithCounting) {
  Prng prng(1);
  for (int round = 0; round < 2000; ++round) {
    const uint64_t word = round % 2 == 0 ? prng.Next() : prng.Next() & prng.Next() & prng.Next();
    uint32_t i = 0;
    for (uint32_t bit = 0; bit < 64; ++bit) {
      if ((word >> bit & 1) == 0) continue;
      ASSERT_EQ(SelectBit(word, i), bit);
      ++i;
    }
  }
}

// Random appends, takes and removals, mostly around `target` sources, against a plain vector.
void CompareWithAVector(uint64_t seed, size_t target, int operations) {
  Fixture fixture;
  Prng prng(seed);
  std::vector<std::unique_ptr<Source>> sources;
  for (size_t i = 0; i < 2 * target + 2; ++i) sources.push_back(std::make_unique<Source>(fixture.loop, Name()));
  std::vector<Source*> free;
  for (const auto& source : sources) free.push_back(source.get());
  std::vector<Source*> model;
  ReadyList list;
  for (int operation = 0; operation < operations; ++operation) {
    const bool grow = prng.Below(100) < (model.size() < target ? 60u : 40u);
    if (grow && !free.empty()) {
      std::swap(free[prng.Below(static_cast<uint32_t>(free.size()))], free.back());
      list.Append(*free.back());
      model.push_back(free.back());
      free.pop_back();
    } else if (!model.empty()) {
      const uint32_t i = prng.Below(static_cast<uint32_t>(model.size()));
      ASSERT_EQ(&list.Select(i), model[i]);
      if (prng.Chance(128)) {
        ASSERT_EQ(&list.Take(i), model[i]);
      } else {
        list.Remove(*model[i]);
      }
      ASSERT_EQ(model[i]->ready_position, ReadyList::kNone);
      free.push_back(model[i]);
      model.erase(model.begin() + i);
    }
    ASSERT_EQ(list.size(), model.size());
    if (operation % 16 == 0) {
      for (uint32_t i = 0; i < model.size(); ++i) ASSERT_EQ(&list.Select(i), model[i]);
    }
  }
}

TEST(ReadyListTest, KeepsTheOrderOfAFew) { CompareWithAVector(1, 6, 20'000); }
TEST(ReadyListTest, KeepsTheOrderAroundTheLimitOfAFew) { CompareWithAVector(2, 16, 20'000); }
TEST(ReadyListTest, KeepsTheOrderOfMany) { CompareWithAVector(3, 120, 20'000); }
TEST(ReadyListTest, KeepsTheOrderOfVeryMany) { CompareWithAVector(4, 1500, 20'000); }

TEST(ReadyListTest, AppendsFillAndEmptyAgain) {
  Fixture fixture;
  std::vector<std::unique_ptr<Source>> sources;
  for (int i = 0; i < 600; ++i) sources.push_back(std::make_unique<Source>(fixture.loop, Name()));
  ReadyList list;
  for (int round = 0; round < 3; ++round) {
    for (const auto& source : sources) list.Append(*source);
    for (const auto& source : sources) EXPECT_EQ(&list.Take(0), source.get());
    EXPECT_EQ(list.size(), 0u);
  }
}

}  // namespace
}  // namespace sim
