// The toys by name; their executions, one suspension being one step, are known exactly from two other explorers.
//
//   fixed2       a waiter and a notifier that agree on who looks last: 39 executions, none stalls
//   lost         the same with the waiter's two steps swapped, a lost wake-up: 36 executions, 3 stall
//   incr_3_4     three tasks, four increments each: 756 756 executions
//   incr_8_100   eight tasks, a hundred increments each
//   deep         two tasks of about twenty steps; only one interleaving in many hits the wrong sum
//   depth_1 to depth_5
//                bugs of that depth: see depth_toy.h
//   pool         2 connections, 3 requests of 3 chunks, pause and resume; a connection goes back to the pool paused
//   pool_fixed   the same without the bug
//   pool_1_1_1   pool_fixed by connections, requests, chunks: 858 executions
//   pool_1_1_2   146 226 executions
//   pool_1_2_1, pool_2_2_1, pool_2_2_2, pool_2_3_3
//                too many to enumerate by running again; with a visited set 1 164, 14 512, 231 320 states, > 100 M
#ifndef SIM_TOYS_TOYS_H_
#define SIM_TOYS_TOYS_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "sim/world/subject.h"

namespace sim {

// Null if there is no such toy. Lives as long as the process.
const Program* FindToy(absl::string_view name);

std::vector<absl::string_view> ToyNames();

}  // namespace sim

#endif  // SIM_TOYS_TOYS_H_
