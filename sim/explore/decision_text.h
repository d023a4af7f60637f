// What a decision chose, in words.
#ifndef SIM_EXPLORE_DECISION_TEXT_H_
#define SIM_EXPLORE_DECISION_TEXT_H_

#include <string>

#include "sim/choice/tape.h"
#include "sim/world/history.h"

namespace sim {

// "download#1/body" where somebody was chosen, "163840 bytes" or "0.010 s" where a menu's value was; empty where the
// index says all. `history` knows the names.
std::string ChosenText(const TapeEntry& entry, const History& history);

}  // namespace sim

#endif  // SIM_EXPLORE_DECISION_TEXT_H_
