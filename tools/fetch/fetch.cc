#include "tools/fetch/fetch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/types/optional.h"
#include "client/async/task_group.h"
#include "client/debug/name_book.h"
#include "client/debug/wait_report.h"
#include "client/net/system_entropy.h"
#include "client/net/uv_network.h"
#include "client/net/uv_signal.h"

namespace wavetank {
namespace {

using client::MakeName;
using client::Name;
using client::Result;
using client::Task;
using Command = FetchOptions::Command;

// What the options say about the session; fails with how the command then ends.
absl::optional<Outcome> Configure(const FetchOptions& options, client::ClientOptions* settings) {
  settings->timeout.total = options.timeout;
  if (!options.redirects) settings->redirects_max = 0;
  const Result<client::ProxySettings> proxies =
      options.proxy.empty() ? client::ProxySettings::FromEnvironment([](const char* name) { return getenv(name); })
                            : client::ProxySettings::Everywhere(options.proxy, "");
  if (!proxies.ok()) return OutcomeOf(proxies.error());
  settings->proxies = *proxies;
  if (!options.insecure && options.ca_file.empty()) return absl::nullopt;
  client::TlsOptions tls;
  tls.verify = !options.insecure;
  tls.ca_file = options.ca_file;
  tls.system_cas = options.ca_file.empty();
  Result<std::shared_ptr<client::TlsContext>> context = client::TlsContext::Client(tls);
  if (!context.ok()) return Outcome{kFetchLocalFile, std::string(context.error().message())};
  settings->tls = *std::move(context);
  return absl::nullopt;
}

Task<> RunCommand(Fetch fetch, Outcome& outcome) {
  Task<Outcome> command = fetch.options.command == Command::kWebSocket ? Talk(fetch) : Transfer(fetch);
  Outcome ended = co_await std::move(command);
  outcome = std::move(ended);
}

// The process is to end in good order.
struct Interrupt {
  Interrupt(client::UvLoop& loop, int number, FetchStatus status)
      : loop(loop),
        status(status),
        signal(loop, number, MakeName(loop, Name(), "signal", static_cast<uint32_t>(number)),
               [](void* self) { static_cast<Interrupt*>(self)->Caught(); }, this) {}
  void Caught() {
    caught = true;
    loop.Stop();
  }

  client::UvLoop& loop;
  const FetchStatus status;
  bool caught = false;
  client::UvSignal signal;
};

Outcome RunFetch(const FetchOptions& options) {
  client::NamingUvLoop loop;
  client::UvNetwork network(loop);
  client::SystemEntropy entropy;
  client::WaitReport report(loop, loop.names());
  client::ClientOptions settings;
  if (const absl::optional<Outcome> failed = Configure(options, &settings)) return *failed;
  client::ClientSession session({loop, network, entropy, report}, settings, Name());
  Interrupt interrupt(loop, SIGINT, kFetchInterrupted);
  Interrupt terminate(loop, SIGTERM, kFetchTerminated);
  client::UvSignal dump(loop, SIGUSR1, MakeName(loop, Name(), "signal", SIGUSR1), [](void* report) {
    fputs(static_cast<client::WaitReport*>(report)->Text().c_str(), stderr);
  }, &report);
  Outcome outcome{kFetchInterrupted, ""};
  {
    const Name name = MakeName(loop, Name(), "command");
    client::SpawnedTask task(loop, name, RunCommand(Fetch{options, loop, session, name}, outcome));
    loop.RunUntil([&task] { return task.done(); });
    if (!task.done()) outcome.status = terminate.caught ? kFetchTerminated : kFetchInterrupted;
  }
  session.CloseNow();
  return outcome;
}

}  // namespace

int FetchMain(const std::vector<std::string>& args) {
  FetchOptions options;
  std::string error;
  Outcome outcome;
  if (!ParseFetchOptions(args, &options, &error)) {
    outcome = Outcome{kFetchUsage, error};
  } else if (options.help) {
    fputs(FetchUsage().c_str(), stdout);
  } else {
    outcome = RunFetch(options);
  }
  if (!outcome.message.empty()) fprintf(stderr, "wavetank: %s\n", outcome.message.c_str());
  if (outcome.status == kFetchUsage) {
    const auto word = std::find_if(args.begin(), args.end(), IsFetchCommand);
    fprintf(stderr, "wavetank %s --help says how to use it.\n", word->c_str());
  }
  return outcome.status;
}

}  // namespace wavetank
