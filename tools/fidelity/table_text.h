// A line of the fidelity table, in Markdown.
#ifndef TOOLS_FIDELITY_TABLE_TEXT_H_
#define TOOLS_FIDELITY_TABLE_TEXT_H_

#include <cstdint>
#include <string>

#include "tools/fidelity/conditions.h"

namespace tools {

std::string TableHead();
// What both models say of `row`, and how far that is from `kernel_ns`; negative: the kernel was not asked.
std::string TableRow(const Conditions& row, int64_t kernel_ns);

}  // namespace tools

#endif  // TOOLS_FIDELITY_TABLE_TEXT_H_
