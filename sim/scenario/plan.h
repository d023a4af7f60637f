// A scenario as the program that runs it wants it: plain data, checked, with every default filled in and every
// reference resolved. No protobuf from here on.
//
// Belongs to the host and outlives the worlds that are made from it; names of tasks and steps point into its strings.
#ifndef SIM_SCENARIO_PLAN_H_
#define SIM_SCENARIO_PLAN_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "client/client_options.h"
#include "client/websocket/deflate_parameters.h"
#include "sim/oracle/law.h"
#include "sim/world/mark.h"
#include "sim/world/runner.h"
#include "sim/world/world.h"

namespace sim {

// A size in bytes, or a menu of them from which each use draws with the label "workload.size". Never empty; the first
// value is the dullest.
class SizePlan {
 public:
  SizePlan(uint64_t bytes = 0) : menu_{bytes} {}  // NOLINT: implicit, most sizes are fixed
  explicit SizePlan(std::vector<uint64_t> menu) : menu_(std::move(menu)) {}

  uint64_t Draw(World& world, Name asker) const {
    return world.ChooseFrom(Label::kWorkloadSize, asker, menu_);
  }
  bool fixed() const { return menu_.size() == 1; }
  const std::vector<uint64_t>& menu() const { return menu_; }

 private:
  std::vector<uint64_t> menu_;
};

struct HeaderPlan {
  std::string name;
  std::string value;
};

// What the messages of a WebSocket are like.
struct MessagePlan {
  enum class Type : uint8_t { kBinary, kText, kEither };  // kEither: by turns

  SizePlan bytes = 0;
  Type type = Type::kBinary;

  // Of the `number`-th message, from 0.
  bool IsText(uint64_t number) const { return type == Type::kText || (type == Type::kEither && number % 2 == 1); }
};

// A server's end of a WebSocket.
struct WebSocketPlan {
  enum class Ending : uint8_t { kStays, kCloses, kHangsUp, kFallsSilent };

  bool wrong_accept = false;
  SizePlan messages = 0;  // that it sends unasked; not bytes
  MessagePlan message;
  bool echo = false;
  SizePlan fragment = 0;  // bytes of a frame; 0: a message is one
  int64_t delay_ns = 0;   // before each frame of a message
  uint32_t ping_every = 0;  // frames; 0: never
  bool pongs = true;
  Ending ending = Ending::kStays;
  uint16_t close_code = 1000;
  bool ignores_close = false;
  int64_t close_delay_ns = 0;  // before it answers a Close
  absl::optional<client::DeflateParameters> compress;  // the limits within which it does
};

struct ResponsePlan {
  enum class Framing : uint8_t { kContentLength, kChunked, kUntilClose };
  enum class Encoding : uint8_t { kIdentity, kGzip, kDeflate, kGzipMembers };
  enum class Silent : uint8_t { kNo, kBeforeHead, kAfterHead, kAfterBytes };

  int status = 200;
  std::vector<HeaderPlan> headers;  // besides those of the framing
  SizePlan body = 0;
  Framing framing = Framing::kContentLength;
  Encoding encoding = Encoding::kIdentity;  // if the request accepts it, and there is a body
  bool encoding_cut = false;
  SizePlan chunk = 16 << 10;     // bytes of one write, or of one chunk; never 0
  int64_t before_head_ns = 0;
  int64_t piece_delay_ns = 0;
  uint32_t pieces = 0;           // if not 0, the body goes out in that many instead
  std::vector<HeaderPlan> trailers;
  std::vector<int> informational;
  Silent silent = Silent::kNo;
  uint64_t silent_after_bytes = 0;
  bool early = false;
  bool connection_close = false;
  bool hangs_up = false;  // the connection is closed instead
  bool no_continue = false;
  bool stray = false;  // another response comes behind it, and then the end of the connection
  bool is_websocket = false;
  WebSocketPlan websocket;
};

// The responses to the requests for one path, in order; the last one again and again.
struct RoutePlan {
  std::string path;  // empty: every other path
  std::vector<ResponsePlan> responses;
};

struct OriginPlan {
  std::string host;
  bool hostile = false;  // then nothing below but port and addresses counts
  uint16_t port = 80;
  std::vector<std::string> addresses;
  std::vector<std::string> dead_addresses;  // nobody listens there
  std::vector<RoutePlan> routes;  // the one without a path, if any, is the last
  int64_t idle_timeout_ns = 0;    // 0: never
  bool tls = false;
  std::string certified_host;     // with tls
  bool no_close_notify = false;   // with tls
  bool says_timeout = false;      // a 408, before it closes an idle connection
  int64_t read_delay_ns = 0;      // after every delivery of a request's body

  // What Host says of it: "a.test", "a.test:8080".
  std::string Authority() const { return port == (tls ? 443 : 80) ? host : host + ":" + std::to_string(port); }
};

// What a proxy does about a CONNECT.
struct ConnectPlan {
  int status = 200;
  int64_t before_ns = 0;  // a pause before it does anything
  bool silent = false;
  bool hangs_up = false;  // closes instead of answering
};

struct ProxyPlan {
  std::string host;
  uint16_t port = 3128;
  std::vector<std::string> addresses;
  std::vector<ConnectPlan> connects;  // never empty; in order, the last one again and again
  uint64_t buffer = 64 << 10;         // bytes that it takes from one side before the other has; never 0
};

struct UploadPlan {
  bool present = false;
  SizePlan body = 0;
  bool chunked = false;
  SizePlan piece = 16 << 10;
  bool later = false;
  int64_t delay_ns = 0;
  bool expect_continue = false;
};

// A user's end of a WebSocket.
struct SocketPlan {
  int64_t heartbeat_ns = 0;  // 0: none
  int64_t close_timeout_ns = 10'000'000'000;
  uint64_t low_water = 32 << 10;   // bytes
  uint64_t high_water = 64 << 10;  // bytes
  uint64_t fragment = 64 << 10;    // bytes
  absl::optional<client::DeflateParameters> compress;  // offered
};

struct StepPlan {
  enum class Kind : uint8_t {
    kRequest,
    kRead,
    kReadToEnd,
    kRelease,
    kClose,
    kDrop,
    kSleep,
    kCancel,
    kWait,
    kCloseSession,
    kAbandon,
    kAbandonSession,
    kConnectWebSocket,
    kSend,
    kReceive,
    kPing,
    kCloseWebSocket
  };

  Kind kind = Kind::kRequest;
  bool may_fail = false;

  // kRequest, kConnectWebSocket. Its name is task/`word`#`number`.
  std::string word;
  uint32_t number = 0;
  std::string method;
  std::string url;
  UploadPlan upload;
  bool credentials = false;  // says who may see it
  bool own_timeout = false;
  client::ClientTimeout timeout;

  // Of this request or WebSocket, or of the one that is meant: counted from 0 over those of the task.
  size_t operation = 0;
  uint64_t bytes = 0;     // kRead
  uint64_t chunk = 0;     // kRead, kReadToEnd: of one read at most; 0 = whatever is there
  bool any_way = false;   // kRead, kReadToEnd, kReceive: each is drawn
  int64_t delay_ns = 0;   // kSleep; kReadToEnd, kReceive: before each
  size_t task = 0;        // kCancel, kWait
  bool graceful = false;  // kCloseSession

  SocketPlan socket;          // kConnectWebSocket
  SizePlan messages = 1;      // kSend, kReceive; not bytes
  MessagePlan message;        // kSend; in parts if `upload` is present
  bool background = false;    // kSend, kPing
  bool to_end = false;        // kReceive, instead of `messages`
  int64_t patience_ns = 0;    // kSend, kReceive: for a message; 0: endless
  uint16_t close_code = 1000;  // kCloseWebSocket
};

// Users who do what they draw, again and again.
struct StormPlan {
  enum class Kind : uint8_t {
    kRead,      // a response, to its end
    kSlowRead,  // in small parts, with pauses
    kHead,
    kRelease,   // part of a response, which is then released, closed, destroyed or abandoned
    kClose,
    kDrop,
    kAbandon,
    kPut,
    kPost,      // chunked
    kNested,    // one of the others while part of a response has been read
    kSleep,
    kCancel,    // another task of the storm
    kCloseSession,
    kAbandonSession,
    kAnyRead,   // a response to its end, each read drawn
    kTalk,          // on a WebSocket, which is then closed
    kCloseSocket,   // a WebSocket is closed at once
    kDropSocket,    // ... or destroyed or abandoned after some talk
    kAbandonSocket
  };

  uint32_t operations_min = 1;
  uint32_t operations_max = 8;
  std::vector<Kind> kinds;         // never empty
  std::vector<std::string> urls;   // not empty if there is a kind that needs them
  std::vector<std::string> socket_urls;  // of WebSockets; the same
  UploadPlan upload;
  SizePlan part = 1;               // bytes; never 0
  std::vector<int64_t> sleeps_ns;  // never empty
  bool own_timeout = false;
  client::ClientTimeout timeout;
  MessagePlan message;
  SocketPlan socket;
  size_t first_task = 0;
  size_t tasks = 0;
};

struct TaskPlan {
  static constexpr size_t kNoStorm = ~size_t{0};

  std::string id;
  bool may_cancel = false;
  bool may_abandon = false;
  bool may_close = false;  // "task.cancel" may also begin to close the session
  size_t operations = 0;  // requests among the steps, or as many as a storm may make
  std::vector<StepPlan> steps;
  size_t storm = kNoStorm;  // then there are no steps
};

struct NetworkPlan {
  SizePlan window = 64 << 10;
  SizePlan send_buffer = 64 << 10;
  uint64_t bandwidth = 0;  // bytes per second; 0: no limit
  int64_t latency_ns = 0;
  bool tcp = false;
  uint64_t max_segment = 64 << 10;  // bytes that arrive at once at most
};

struct FaultsPlan {
  bool hold = false;
  bool reset = false;
  bool half_close = false;
  bool connect = false;
  bool dns = false;
  bool server_close = false;
  bool body_source = false;
  uint32_t max_faults = 1;
};

// A historic bug; without laws there is none.
struct HistoryPlan {
  std::string link;
  std::string bug_class;
  uint32_t depth = 0;
  std::vector<LawId> laws;
};

struct ScenarioPlan {
  enum class Canary : uint8_t { kNone, kMustFail, kMustStall };

  std::string recipe;  // of the program: see Program::Recipe()
  std::string name;
  std::vector<std::string> tags;
  Canary canary = Canary::kNone;
  HistoryPlan history;
  Memory memory = Memory::kArena;
  WorldConfig world;
  LawSet laws = LawSet::All();  // those that the scenario's `assert` leaves in force

  client::ClientOptions client;
  SizePlan max_read = 64 << 10;
  NetworkPlan network;
  FaultsPlan faults;
  std::vector<OriginPlan> origins;
  std::vector<ProxyPlan> proxies;
  std::vector<TaskPlan> tasks;
  std::vector<StormPlan> storms;
  bool graceful_close = false;    // of the session, when all is over
  bool cancel_closing = false;    // whoever closes it may be cancelled and abandoned
  std::vector<size_t> completed;  // tasks that must complete
  std::vector<size_t> failed;     // tasks that must fail
  std::vector<Sometimes> sometimes;  // what a campaign must come to
};

}  // namespace sim

#endif  // SIM_SCENARIO_PLAN_H_
