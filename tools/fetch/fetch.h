// `wavetank get`, `put` and `ws`: the client on libuv and real sockets, as a command.
#ifndef TOOLS_FETCH_FETCH_H_
#define TOOLS_FETCH_FETCH_H_

#include <string>
#include <vector>

#include "client/async/task.h"
#include "client/base/name.h"
#include "client/client_session.h"
#include "client/net/uv_loop.h"
#include "tools/fetch/exit_status.h"
#include "tools/fetch/fetch_options.h"

namespace wavetank {

// What a command works with. None of it is owned.
struct Fetch {
  const FetchOptions& options;
  client::UvLoop& loop;
  client::ClientSession& session;
  client::Name name;  // of the task that runs it
};

// get, put. Cancel safety: what was written of --output is removed.
client::Task<Outcome> Transfer(Fetch fetch);
// ws. Cancel safety: the connection is closed without a word.
client::Task<Outcome> Talk(Fetch fetch);

// `args` begin with a word for which IsFetchCommand() holds, or with flags before it. Returns the exit status.
int FetchMain(const std::vector<std::string>& args);

}  // namespace wavetank

#endif  // TOOLS_FETCH_FETCH_H_
