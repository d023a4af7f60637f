// Where programs come from: scenarios by name or path.
//
// A name is the path under scenarios/ without its ending: "smoke/get", "history/aiohttp_10169". With "+cancel" behind
// it, as behind a path, it is the same scenario with all of its tasks cancelled and abandoned wherever the choices say
// so (sim/scenario/cancel_everywhere.h): what is swept, and what the tapes of a sweep are of.
#ifndef TOOLS_CATALOG_H_
#define TOOLS_CATALOG_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/explore/reducible_program.h"
#include "sim/explore/tape_file.h"
#include "sim/oracle/law.h"
#include "sim/world/runner.h"
#include "sim/world/subject.h"

namespace wavetank {

inline constexpr char kCancelEverywhere[] = "+cancel";

struct CatalogEntry {
  enum class Kind { kScenario, kHistory, kCanary };

  std::string name;
  std::string path;
  Kind kind = Kind::kScenario;
  std::string claim;  // the first line of the comment at its head
  std::string bug;    // kHistory: "deadlock, depth 3"
};

struct LoadedScenario {
  std::string name;  // as in the catalog; for other files the absolute path
  std::shared_ptr<const sim::Program> program;
  // The same on real sockets, for worlds on the heap; null: there is none.
  std::shared_ptr<const sim::Program> loopback;
  sim::ReducibleProgram::Ptr reducible;  // the same, for shrinking; null if its tapes alone can be shrunk
  sim::LawSet laws = sim::LawSet::All();  // those in force by the scenario
  std::vector<sim::LawId> history;        // the laws that find the bug that it is about, if it is about one
  sim::Memory memory = sim::Runner::Options().memory;
  bool costly = false;  // a world takes milliseconds: there is TLS in it
  uint64_t text_digest = 0;  // of the file
};

class Catalog {
 public:
  virtual ~Catalog() = default;

  // The workspace, which contains client/ and scenarios/; empty if there is none.
  virtual std::string Root() const { return ""; }

  // Sorted by name.
  virtual std::vector<CatalogEntry> List() const = 0;

  // False with errors if there is no such scenario or it is not right; then they say `file:line:column`.
  virtual bool Load(const std::string& name_or_path, LoadedScenario* scenario,
                    std::vector<std::string>* errors) const = 0;

  // What every campaign must find first, by PROGRESS (tools/harness_canary.h).
  virtual const sim::Program& Canary() const;
};

// The scenarios of the workspace.
class ScenarioCatalog final : public Catalog {
 public:
  // `root` contains scenarios/.
  explicit ScenarioCatalog(std::string root) : root_(std::move(root)) {}

  // $WAVETANK_ROOT, the workspace of `bazel run`, the runfiles of a test, or the current folder.
  static std::string FindRoot();

  std::string Root() const override { return root_; }
  std::vector<CatalogEntry> List() const override;
  bool Load(const std::string& name_or_path, LoadedScenario* scenario, std::vector<std::string>* errors) const override;

 private:
  std::string Find(const std::string& name_or_path) const;
  std::string NameOf(const std::string& path) const;

  std::string root_;
};

// The scenario that a tape names. One that begins with "./" lies beside the tape: its file, or that and "+cancel".
std::string ScenarioOf(const sim::TapeFile& tape, const std::string& tape_path);
inline constexpr char kBesideTheTape[] = "./";

// A path as the user meant it: relative to where the command was typed.
std::string FromUserFolder(const std::string& path);

}  // namespace wavetank

#endif  // TOOLS_CATALOG_H_
