// Tapes on disk: protobuf text that a person can read and edit (sim/tape.proto).
//
// A kept failure is a sparse tape: one line per decision that is not the dullest. Ids are there twice: as a path for
// people and as 64 bits, so that they come back exactly; a tape written by hand may leave the bits out.
#ifndef SIM_EXPLORE_TAPE_FILE_H_
#define SIM_EXPLORE_TAPE_FILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "sim/explore/sparse_tape.h"
#include "sim/oracle/law.h"
#include "sim/world/history.h"

namespace sim {

struct TapeFile {
  std::string scenario;  // a name from the catalog, or a path
  LawId law = LawId::kNone;
  std::string reason;
  std::vector<LawId> judged;  // laws that judged; empty: all
  uint64_t seed = 0, run = 0;  // where it was found
  uint64_t digest = 0;         // of the run that the tape makes; 0: unknown

  SparseTape decisions;
  // With every question, for strict replay; then `decisions` is the same without the zeros.
  bool is_complete = false;
  std::vector<TapeEntry> complete;

  LawSet Judges() const;
};

// The text of a tape; `history` knows the names of its run.
std::string TapeText(const TapeFile& tape, const History& history);

// Writes beside `path` and renames: whoever looks finds the whole file or none.
absl::Status WriteFileAtomically(const std::string& path, absl::string_view text);

// Appends what is in the file, but at most one byte more than `bytes_max`. Waits for nobody: a pipe to which nobody
// writes is empty. What went wrong, or nothing.
std::string ReadFile(const std::string& path, size_t bytes_max, std::string* text);

// False with at least one `path:line:column: what` if the file is not a tape.
bool LoadTape(const std::string& path, TapeFile* tape, std::vector<std::string>* errors);
bool ParseTape(absl::string_view text, const std::string& path, TapeFile* tape, std::vector<std::string>* errors);

// The id of a rendered path: "download#1/body". For words that have no '/' or '#' of their own.
Name NameFromPath(absl::string_view path);

}  // namespace sim

#endif  // SIM_EXPLORE_TAPE_FILE_H_
