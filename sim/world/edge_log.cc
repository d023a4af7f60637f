#include "sim/world/edge_log.h"

#include <limits.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/base/check.h"

namespace sim {
namespace {

constexpr uint64_t kLookedAt = 32;  // edges before the fork

EdgeLog* current = nullptr;
uintptr_t load_bias = 0;  // of the program: what the loader added to the linker's addresses

int TakeBias(dl_phdr_info* info, size_t, void* bias) {
  *static_cast<uintptr_t*>(bias) = info->dlpi_addr;
  return 1;  // the first one is the program
}

// The path in the workspace; others as they are.
absl::string_view InWorkspace(absl::string_view path) {
  for (absl::string_view root : {"/execroot/wavetank/", "/proc/self/cwd/"}) {
    const size_t at = path.find(root);
    if (at != absl::string_view::npos) return path.substr(at + root.size());
  }
  return absl::StartsWith(path, "./") ? path.substr(2) : path;
}

bool IsOurs(absl::string_view path) {
  return (absl::StartsWith(path, "client/") || absl::StartsWith(path, "sim/"));
}

// What the symbolizer says of the address: pairs of lines, a function and file:line:column, the innermost first.
std::vector<std::string> Symbolize(uint32_t address) {
  char program[PATH_MAX];
  const ssize_t size = readlink("/proc/self/exe", program, sizeof(program) - 1);
  if (size <= 0) return {};
  const std::string path(program, static_cast<size_t>(size));
  if (path.find('\'') != std::string::npos) return {};
  std::string text;
  for (const char* symbolizer : {"llvm-symbolizer-19", "llvm-symbolizer"}) {
    const std::string command = absl::StrCat(symbolizer, " --inlines --demangle --obj='", path, "' 0x",
                                             absl::Hex(address), " 2>/dev/null");
    std::FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) continue;
    char buffer[4096];
    size_t n = 0;
    while ((n = std::fread(buffer, 1, sizeof(buffer), pipe)) > 0) text.append(buffer, n);
    if (pclose(pipe) == 0 && !text.empty()) break;
    text.clear();
  }
  return absl::StrSplit(text, '\n', absl::SkipEmpty());
}

std::string WithoutColumn(absl::string_view place) {
  return std::string(InWorkspace(place.substr(0, place.rfind(':'))));
}

}  // namespace

EdgeScope::EdgeScope(EdgeLog* log) {
  if (log == nullptr) return;
  dl_iterate_phdr(TakeBias, &load_bias);
  log->count = 0;
  current = log;
}

EdgeScope::~EdgeScope() { current = nullptr; }

std::string EdgeText(uint32_t edge) {
  // What is logged is where the hook returns to.
  const std::vector<std::string> lines = Symbolize(edge - 1);
  std::string inner;
  for (size_t i = 0; i + 1 < lines.size(); i += 2) {
    const std::string place = WithoutColumn(lines[i + 1]);
    if (i == 0) inner = place;
    if (!IsOurs(place)) continue;
    return absl::StrCat(place, " in ", lines[i], i == 0 ? "" : absl::StrCat(", at ", inner));
  }
  return absl::StrCat(inner.empty() ? "an unknown line" : inner, " (0x", absl::Hex(edge), ")");
}

std::string DescribeFork(const EdgeLog& run, const EdgeLog& replay) {
  const uint64_t both = std::min(run.kept(), replay.kept());
  const uint64_t at = static_cast<uint64_t>(std::mismatch(run.edges, run.edges + both, replay.edges).first - run.edges);
  if (at == both && run.count == replay.count) return "";
  std::string text = absl::StrCat("the ways through the code part after ", at, " edges");
  if (at == EdgeLog::kCapacity) return absl::StrCat(text, ", which are all that were kept");
  // The last line of ours that both have passed; what they do next may be in a library.
  for (uint64_t i = at; i-- > 0 && at - i <= kLookedAt;) {
    const std::string edge = EdgeText(run.edges[i]);
    if (!IsOurs(edge) && i > 0 && at - i < kLookedAt) continue;
    absl::StrAppend(&text, "\n    both:       ", edge);
    break;
  }
  absl::StrAppend(&text, "\n    the run:    ", at < run.kept() ? EdgeText(run.edges[at]) : "nothing more");
  absl::StrAppend(&text, "\n    the replay: ", at < replay.kept() ? EdgeText(replay.edges[at]) : "nothing more");
  return text;
}

}  // namespace sim

#if defined(SIM_EDGES)
// Called at each edge of instrumented code.
extern "C" void __sanitizer_cov_trace_pc() {
  sim::EdgeLog* log = sim::current;
  if (log == nullptr) return;
  const uint64_t at = log->count++;
  if (at >= sim::EdgeLog::kCapacity) return;
  const auto address = reinterpret_cast<uintptr_t>(__builtin_return_address(0));
  log->edges[at] = static_cast<uint32_t>(address - sim::load_bias);
}
#endif
