// Keeps the state of a campaign in a folder, so that a campaign that is cut off can go on:
//
//   DIR/smoke_get-5f1c09ab.campaign          its state; the digits are of all that tells it from others
//   DIR/smoke_get-5f1c09ab-2-of-8.campaign   of a shard
//   DIR/smoke_get-5f1c09ab.json              what it said in the end
//
// Failures beside it are tapes like any other (finding.h). What cannot be written is said once, and the campaign goes
// on: what it finds matters more.
#ifndef TOOLS_CAMPAIGN_KEEPER_H_
#define TOOLS_CAMPAIGN_KEEPER_H_

#include <string>

#include "sim/explore/campaign.h"
#include "sim/explore/campaign_file.h"
#include "tools/catalog.h"
#include "tools/options.h"

namespace wavetank {

inline constexpr char kCampaignEnding[] = ".campaign";

class CampaignKeeper {
 public:
  // `folder` is there and can be written.
  CampaignKeeper(const std::string& folder, const LoadedScenario& scenario, const Options& options);

  // Looks at what is there already, and takes it up if `resume`. Empty, or why this campaign cannot begin.
  std::string Open(bool resume);

  // Gives the campaign what it had when it was cut off, if it was, and keeps what it does from now on. Must outlive it.
  void Attach(sim::CampaignOptions* campaign);

  int64_t elapsed_ns() const { return file_.state.elapsed_ns; }
  bool resumes() const { return resumes_; }
  // What is resumed has found these.
  const std::vector<sim::CampaignFailure>& failures() const { return file_.state.failures; }

  // Whether people have been told of this failure before, and that they have been now.
  bool WasReported(const sim::CampaignFailure& failure) const;
  void Report(const sim::CampaignFailure& failure);

  // The end. `done`: by itself. `json` says what there is to say.
  void Close(bool done, const std::string& json);

  // Something could not be written.
  bool failed() const { return !error_.empty(); }

 private:
  std::string LookForOthers() const;
  void Save();
  void Say(const std::string& error);

  std::string folder_;
  std::string stem_;  // the path without its ending
  sim::CampaignFile file_;
  bool resumes_ = false;
  std::string error_;
};

// What the runs of a scenario depend on besides its options: its text, and the program that makes them.
uint64_t ProgramDigest(const LoadedScenario& scenario);

}  // namespace wavetank

#endif  // TOOLS_CAMPAIGN_KEEPER_H_
