// An incremental parser of HTTP/1.1 messages (RFC 9112): bytes in, events out, no I/O. It wraps llhttp, with no lenient
// flag set, and refuses some of what llhttp lets pass.
//
//   1. However the input is cut into pieces, the events are the same; only a body arrives in other pieces. (Of several
//      reasons to refuse an input, the one that the error names may differ.)
//   2. Feed() stops at the end of a message: bytes behind it are left to the caller, who calls StartMessage() and feeds
//      them, hands them to another protocol (an upgrade), or finds that nobody asked for them.
//   3. Interim responses (1xx, except 101) come before the head as events of their own and need no StartMessage().
//   4. A response ends cleanly only where its framing says so. FeedEof() completes a body framed by the end of the
//      connection and nothing else (RFC 9112 section 8).
//   5. Refused, as ErrorKind::kProtocol: Content-Length together with Transfer-Encoding, more than one Content-Length,
//      transfer codings other than a single `chunked`, obs-fold, bare CR or LF, HTTP versions other than 1.0 and 1.1,
//      and whatever exceeds HttpLimits. Errors are sticky. (llhttp 8.1 also refuses a chunk extension that follows one
//      with an unquoted value, `5;a=b;c`, which RFC 9112 section 7.1.1 allows.)
//
//   HttpParser parser(HttpParser::Mode::kResponse, HttpLimits(), events);
//   parser.StartMessage(/*head_request=*/false);
//   Result<size_t> used = parser.Feed(slice.view());
#ifndef CLIENT_HTTP_HTTP_PARSER_H_
#define CLIENT_HTTP_HTTP_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "client/base/error.h"
#include "client/http/body_framing.h"
#include "client/http/headers.h"
#include "llhttp.h"

namespace client {

// What a peer may send. All are inclusive.
struct HttpLimits {
  size_t head_bytes_max = 64 << 10;   // start line and fields, or the trailer section, with their line ends
  size_t header_count_max = 100;      // fields of a head and its trailers together
  size_t start_line_max = 16 << 10;   // bytes of a request's target, or of a response's reason phrase
  size_t chunk_line_max = 256;        // bytes of a chunk's size and extensions, with the line end
  size_t informational_max = 100;     // interim responses before one response
};

// Views are into the parser and valid during the event; `headers` may be moved out or swapped.
struct MessageHead {
  int status = 0;            // responses
  absl::string_view reason;  // responses; may be empty
  absl::string_view method;  // requests
  absl::string_view target;  // requests
  int minor_version = 1;     // of HTTP/1.x
  BodyFraming framing;       // kNone: no body follows, whatever the headers say (HEAD, 204, 304)
  bool keep_alive = false;   // whether another message may follow on this connection
  bool upgrade = false;      // 101; a request with `Connection: upgrade` or CONNECT. The message ends here.
  Headers headers;
};

class HttpParser {
 public:
  enum class Mode : uint8_t { kRequest, kResponse };

  // Called from inside Feed() and FeedEof(). Only OnMessageComplete() may destroy the parser; none may call it.
  class Events {
   public:
    virtual ~Events() = default;
    virtual void OnInformational(MessageHead& head) {}
    virtual void OnHead(MessageHead& head) = 0;
    // A part of the input of this Feed(), never empty: Slice::Sub(part) makes a slice of it without a copy.
    virtual void OnBody(absl::string_view part) = 0;
    virtual void OnTrailers(Headers& trailers) {}  // only if there are any
    virtual void OnMessageComplete() = 0;          // the last event of a message
  };

  // `events` is not owned. Ready for a first message, as after StartMessage(false).
  HttpParser(Mode mode, const HttpLimits& limits, Events& events);
  HttpParser(const HttpParser&) = delete;
  HttpParser& operator=(const HttpParser&) = delete;

  // The next message. A response to a HEAD request has no body (RFC 9112 section 6.3). Requires that none is under way:
  // at_message_boundary(). Also clears the state left by an upgrade that was not taken.
  void StartMessage(bool head_request);

  // Consumes input up to the end of the message, and returns how many bytes that were. Requires that the message is not
  // complete. Empty input is allowed.
  Result<size_t> Feed(absl::string_view input);

  // The peer sends nothing more. At a boundary nothing happens: whether a message was owed is the caller's to know. A
  // cut body is ClientError::Truncated, a cut head is kDisconnected.
  Result<void> FeedEof();

  // No byte of a message has come since StartMessage(), or the message is complete.
  bool at_message_boundary() const { return state_ == State::kComplete || (state_ == State::kHead && !begun_); }
  bool complete() const { return state_ == State::kComplete; }
  bool failed() const { return error_.has_value(); }
  // The message is complete and the bytes behind it belong to another protocol.
  bool upgraded() const { return state_ == State::kComplete && upgrade_; }
  // Whether another message may follow; meaningful once the head has come.
  bool keep_alive() const { return keep_alive_; }
  bool head_received() const { return state_ == State::kBody || state_ == State::kComplete; }

  uint64_t body_bytes() const { return body_bytes_; }  // of the current message, so far

  std::string DebugString() const;  // "response, body, 100 of 200 bytes"

 private:
  // llhttp pauses at the end of a head, of a chunk's size line and of a message, where its position can be known; the
  // events are raised between two runs of it.
  enum class State : uint8_t { kHead, kBody, kComplete };
  enum class Stop : uint8_t { kNone, kHeadersComplete, kChunkHeader, kMessageComplete };
  enum class Field : uint8_t { kNone, kVersion, kName, kColon, kValue };  // which part of a field came last
  static constexpr uint64_t kBodyBytesMax = uint64_t{1} << 62;

  struct Callbacks;
  friend struct Callbacks;

  void StartHead();
  Result<size_t> Run(absl::string_view input);
  absl::optional<ClientError> HeadComplete();
  absl::optional<ClientError> CheckFraming(bool* close);
  absl::optional<ClientError> ChunkHeaderComplete();
  absl::optional<ClientError> CheckLimits();
  uint64_t PositionOf(const char* at) const { return position_ + static_cast<uint64_t>(at - input_); }
  bool LineEndBefore(const char* at) const;
  int Refuse(const char* reason);
  ClientError ParseError(absl::string_view reason) const;
  ClientError Fail(ClientError error);

  const Mode mode_;
  State state_ = State::kHead;
  Stop stop_ = Stop::kNone;
  Field field_ = Field::kNone;
  bool head_request_ = false;
  bool begun_ = false;          // a byte of this message has come
  bool informational_ = false;  // the head just parsed is an interim response's
  bool keep_alive_ = false;
  bool upgrade_ = false;
  bool last_chunk_ = false;     // its size line has come: trailers follow
  bool line_end_seen_ = false;  // between the name of the current field and its value, in an earlier run
  const char* refusal_ = nullptr;  // why a callback of ours stopped llhttp
  size_t header_count_ = 0;
  size_t informational_count_ = 0;
  uint64_t position_ = 0;       // bytes consumed since StartMessage()
  uint64_t section_start_ = 0;  // where the head, the next chunk's size line or the trailers begin
  uint64_t value_end_ = 0;      // where the last piece of a field's value, method or target ended
  uint64_t body_bytes_ = 0;
  const char* input_ = nullptr;  // of this run; input_[0] is at position_
  absl::string_view body_part_;  // of this run
  BodyFraming framing_;
  std::string start_line_;  // target or reason
  MessageHead head_;        // its headers are then used for the trailers
  llhttp_t llhttp_;
  const HttpLimits limits_;
  Events& events_;
  absl::optional<ClientError> error_;
};

}  // namespace client

#endif  // CLIENT_HTTP_HTTP_PARSER_H_
