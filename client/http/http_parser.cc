#include "client/http/http_parser.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/base/check.h"

namespace client {

// What llhttp calls while it runs. Nothing is reported from here: see HttpParser::Run().
struct HttpParser::Callbacks {
  static HttpParser& Of(llhttp_t* llhttp) { return *static_cast<HttpParser*>(llhttp->data); }

  static constexpr char kSpaces[] = "more than one space in the request line";

  static int Method(llhttp_t* llhttp, const char* at, size_t size) {
    HttpParser& self = Of(llhttp);
    self.value_end_ = self.PositionOf(at) + size;
    return HPE_OK;
  }

  // llhttp skips any number of spaces between the parts of a request line (RFC 9112 section 3 has one).
  static int Target(llhttp_t* llhttp, const char* at, size_t size) {
    HttpParser& self = Of(llhttp);
    const uint64_t start = self.PositionOf(at);
    if (self.start_line_.empty() && start != self.value_end_ + 1) return self.Refuse(kSpaces);
    self.value_end_ = start + size;
    return StartLine(llhttp, at, size);
  }

  static int Version(llhttp_t* llhttp, const char* at, size_t size) {
    HttpParser& self = Of(llhttp);
    const bool first = self.field_ == Field::kNone;
    self.field_ = Field::kVersion;
    if (first && self.PositionOf(at) != self.value_end_ + 6) return self.Refuse(kSpaces);  // behind " HTTP/"
    return HPE_OK;
  }

  static int StartLine(llhttp_t* llhttp, const char* at, size_t size) {
    HttpParser& self = Of(llhttp);
    if (self.start_line_.size() + size > self.limits_.start_line_max) {
      return self.Refuse("the start line is too long");
    }
    self.start_line_.append(at, size);
    return HPE_OK;
  }

  static int FieldName(llhttp_t* llhttp, const char* at, size_t size) {
    if (size == 0) return HPE_OK;
    HttpParser& self = Of(llhttp);
    self.head_.headers.AppendToName(absl::string_view(at, size));
    self.field_ = Field::kName;
    return HPE_OK;
  }

  static int FieldNameComplete(llhttp_t* llhttp) {
    HttpParser& self = Of(llhttp);
    if (self.field_ != Field::kName) return self.Refuse("a field without a name");
    self.field_ = Field::kColon;
    return HPE_OK;
  }

  // llhttp unfolds obs-fold (RFC 9112 section 5.2): then a value comes in pieces that are not adjacent, or its first
  // piece comes behind a line end.
  static int FieldValue(llhttp_t* llhttp, const char* at, size_t size) {
    if (size == 0) return HPE_OK;
    HttpParser& self = Of(llhttp);
    const uint64_t start = self.PositionOf(at);
    const bool folded = self.field_ == Field::kValue ? start != self.value_end_ : self.LineEndBefore(at);
    if (folded) return self.Refuse("a field is folded over lines");
    self.field_ = Field::kValue;
    self.value_end_ = start + size;
    self.head_.headers.AppendToValue(absl::string_view(at, size));
    return HPE_OK;
  }

  static int FieldComplete(llhttp_t* llhttp) {
    HttpParser& self = Of(llhttp);
    if (++self.header_count_ > self.limits_.header_count_max) return self.Refuse("too many fields");
    self.head_.headers.TrimValue();
    self.head_.headers.Commit();
    self.field_ = Field::kNone;
    self.line_end_seen_ = false;
    return HPE_OK;
  }

  static int Body(llhttp_t* llhttp, const char* at, size_t size) {
    Of(llhttp).body_part_ = absl::string_view(at, size);
    return HPE_OK;
  }

  template <Stop stop>
  static int StopAt(llhttp_t* llhttp) {
    Of(llhttp).stop_ = stop;
    return HPE_PAUSED;
  }

  static llhttp_settings_t Make(Mode mode) {
    llhttp_settings_t settings;
    llhttp_settings_init(&settings);
    if (mode == Mode::kRequest) {
      settings.on_method = &Method;
      settings.on_url = &Target;
      settings.on_version = &Version;
    } else {
      settings.on_status = &StartLine;
    }
    settings.on_header_field = &FieldName;
    settings.on_header_field_complete = &FieldNameComplete;
    settings.on_header_value = &FieldValue;
    settings.on_header_value_complete = &FieldComplete;
    settings.on_body = &Body;
    settings.on_headers_complete = &StopAt<Stop::kHeadersComplete>;
    settings.on_chunk_header = &StopAt<Stop::kChunkHeader>;
    settings.on_message_complete = &StopAt<Stop::kMessageComplete>;
    return settings;
  }

  static const llhttp_settings_t* For(Mode mode) {
    static const llhttp_settings_t request = Make(Mode::kRequest);
    static const llhttp_settings_t response = Make(Mode::kResponse);
    return mode == Mode::kRequest ? &request : &response;
  }
};

HttpParser::HttpParser(Mode mode, const HttpLimits& limits, Events& events)
    : mode_(mode), limits_(limits), events_(events) {
  StartMessage(false);
}

void HttpParser::StartMessage(bool head_request) {
  CHECK(at_message_boundary() && !failed());
  head_request_ = head_request;
  begun_ = false;
  position_ = 0;
  informational_count_ = 0;
  upgrade_ = false;
  keep_alive_ = false;
  StartHead();
}

void HttpParser::StartHead() {
  llhttp_init(&llhttp_, mode_ == Mode::kRequest ? HTTP_REQUEST : HTTP_RESPONSE, Callbacks::For(mode_));
  llhttp_.data = this;
  state_ = State::kHead;
  field_ = Field::kNone;
  line_end_seen_ = false;
  informational_ = false;
  last_chunk_ = false;
  header_count_ = 0;
  section_start_ = position_;
  value_end_ = 0;
  body_bytes_ = 0;
  start_line_.clear();
  head_.headers.Clear();
}

Result<size_t> HttpParser::Feed(absl::string_view input) {
  CHECK(state_ != State::kComplete);
  if (error_.has_value()) return *error_;
  if (input.empty()) return size_t{0};
  if (!begun_) begun_ = input.find_first_not_of("\r\n") != absl::string_view::npos;
  return Run(input);
}

Result<size_t> HttpParser::Run(absl::string_view input) {
  const char* const start = input.data();
  const char* const end = start + input.size();
  const char* next = start;
  while (true) {
    // llhttp skips empty lines before any head; only a server should (RFC 9112 section 2.2).
    if (mode_ == Mode::kResponse && state_ == State::kHead && position_ == section_start_ && next != end &&
        *next != 'H') {
      return Fail(ParseError("Expected HTTP/"));
    }
    input_ = next;
    stop_ = Stop::kNone;
    body_part_ = absl::string_view();
    const llhttp_errno_t code = llhttp_execute(&llhttp_, next, static_cast<size_t>(end - next));
    const char* const stopped = code == HPE_OK ? end : llhttp_get_error_pos(&llhttp_);
    if (field_ == Field::kColon && !line_end_seen_) line_end_seen_ = LineEndBefore(stopped);
    position_ += static_cast<uint64_t>(stopped - next);
    next = stopped;
    if (!body_part_.empty()) {
      body_bytes_ += body_part_.size();
      events_.OnBody(body_part_);
    }
    if (absl::optional<ClientError> error = CheckLimits()) return Fail(*std::move(error));
    if (code != HPE_OK && code != HPE_PAUSED) return Fail(ParseError(llhttp_get_error_reason(&llhttp_)));
    if (stop_ == Stop::kNone) return input.size();
    llhttp_resume(&llhttp_);
    if (stop_ == Stop::kHeadersComplete) {
      if (absl::optional<ClientError> error = HeadComplete()) return Fail(*std::move(error));
    } else if (stop_ == Stop::kChunkHeader) {
      if (absl::optional<ClientError> error = ChunkHeaderComplete()) return Fail(*std::move(error));
    } else if (informational_) {
      StartHead();
    } else {
      if (!head_.headers.empty()) events_.OnTrailers(head_.headers);
      state_ = State::kComplete;
      events_.OnMessageComplete();  // may destroy the parser
      return static_cast<size_t>(next - start);
    }
  }
}

absl::optional<ClientError> HttpParser::HeadComplete() {
  if (llhttp_.http_major != 1 || llhttp_.http_minor > 1) return ParseError("not HTTP/1.0 or HTTP/1.1");
  head_.minor_version = llhttp_.http_minor;
  head_.upgrade = llhttp_.upgrade != 0;
  bool close = false;
  if (absl::optional<ClientError> error = CheckFraming(&close)) return error;
  if (mode_ == Mode::kRequest) {
    head_.method = llhttp_method_name(static_cast<llhttp_method_t>(llhttp_.method));
    head_.target = start_line_;
    if (llhttp_.method == HTTP_CONNECT) head_.framing = BodyFraming::None();
  } else {
    const int status = llhttp_.status_code;
    if (status < 100 || status > 999) return ParseError("Invalid status code");
    if (!IsFieldValue(absl::StripAsciiWhitespace(start_line_))) return ParseError("Invalid reason phrase");
    head_.status = status;
    head_.reason = start_line_;
    head_.upgrade = status == 101;
    informational_ = status < 200 && status != 101;
    // RFC 9112 section 6.3, rules 1 and 2. llhttp would read a body that a Content-Length announces.
    if (head_request_ || status < 200 || status == 204 || status == 304) {
      llhttp_.flags |= F_SKIPBODY;
      head_.framing = BodyFraming::None();
    }
  }
  head_.keep_alive = llhttp_should_keep_alive(&llhttp_) != 0 && !close;
  if (informational_) {
    if (++informational_count_ > limits_.informational_max) return ParseError("too many interim responses");
    events_.OnInformational(head_);
    head_.headers.Clear();
    return absl::nullopt;
  }
  keep_alive_ = head_.keep_alive;
  upgrade_ = head_.upgrade;
  state_ = State::kBody;
  section_start_ = position_;
  framing_ = head_.framing;
  events_.OnHead(head_);
  head_.headers.Clear();
  return absl::nullopt;
}

// Reads the framing fields a second time, since llhttp lets pass what RFC 9112 section 6.1 calls an error: codings that
// are not chunked, chunked twice, or in HTTP/1.0.
absl::optional<ClientError> HttpParser::CheckFraming(bool* close) {
  int codings = 0;
  int lengths = 0;
  for (const Headers::Field& field : head_.headers) {
    if (field.name.size() == 17 && absl::EqualsIgnoreCase(field.name, "transfer-encoding")) {
      ++codings;
      if (!absl::EqualsIgnoreCase(field.value, "chunked")) return ParseError("unsupported transfer coding");
    } else if (field.name.size() == 14 && absl::EqualsIgnoreCase(field.name, "content-length")) {
      ++lengths;
    } else if (field.name.size() == 10 && absl::EqualsIgnoreCase(field.name, "connection")) {
      *close = *close || ListHasToken(field.value, "close");
    }
  }
  if (codings + lengths > 1) return ParseError("more than one field frames the body");
  if ((codings != 0) != ((llhttp_.flags & F_CHUNKED) != 0)) return ParseError("unsupported transfer coding");
  if (codings != 0 && head_.minor_version == 0) return ParseError("a transfer coding in HTTP/1.0");
  if (lengths != 0 && llhttp_.content_length > kBodyBytesMax) return ParseError("Content-Length is too large");
  if (codings != 0) {
    head_.framing = BodyFraming::Chunked();
  } else if (lengths != 0) {
    head_.framing = BodyFraming::Length(llhttp_.content_length);
  } else {
    head_.framing = mode_ == Mode::kResponse ? BodyFraming::UntilClose() : BodyFraming::None();
  }
  return absl::nullopt;
}

absl::optional<ClientError> HttpParser::ChunkHeaderComplete() {
  const uint64_t size = llhttp_.content_length;
  if (size > kBodyBytesMax) return ParseError("the chunk is too large");
  last_chunk_ = size == 0;
  section_start_ = position_ + (last_chunk_ ? 0 : size + 2);  // behind the data and its line end
  return absl::nullopt;
}

absl::optional<ClientError> HttpParser::CheckLimits() {
  const uint64_t bytes = position_ > section_start_ ? position_ - section_start_ : 0;
  const bool fields = state_ == State::kHead || last_chunk_;
  if (fields && bytes > limits_.head_bytes_max) return ParseError("the head or the trailers are too long");
  const bool chunk_line = state_ == State::kBody && !last_chunk_ && framing_.kind == BodyFraming::Kind::kChunked;
  if (chunk_line && bytes > limits_.chunk_line_max) return ParseError("the line of a chunk's size is too long");
  return absl::nullopt;
}

Result<void> HttpParser::FeedEof() {
  if (error_.has_value()) return *error_;
  if (at_message_boundary()) return Result<void>();
  if (state_ == State::kHead) {
    return Fail(ClientError(ErrorKind::kDisconnected,
                            absl::StrCat("the connection was closed inside the head, after ", position_, " bytes")));
  }
  if (framing_.kind != BodyFraming::Kind::kUntilClose || llhttp_finish(&llhttp_) != HPE_PAUSED) {
    const bool known = framing_.kind == BodyFraming::Kind::kLength;
    return Fail(ClientError::Truncated(static_cast<int64_t>(body_bytes_),
                                       known ? static_cast<int64_t>(framing_.length) : -1));
  }
  state_ = State::kComplete;
  events_.OnMessageComplete();  // may destroy the parser
  return Result<void>();
}

// Between the name of a field and the first byte of its value, at `at`.
bool HttpParser::LineEndBefore(const char* at) const {
  if (line_end_seen_) return true;
  for (const char* p = at; p != input_ && p[-1] != ':'; --p) {
    if (p[-1] == '\n') return true;
  }
  return false;
}

int HttpParser::Refuse(const char* reason) {
  refusal_ = reason;
  return -1;
}

ClientError HttpParser::ParseError(absl::string_view reason) const {
  const absl::string_view what = mode_ == Mode::kRequest ? "request" : "response";
  if (refusal_ != nullptr) return ClientError(ErrorKind::kProtocol, absl::StrCat("bad ", what, ": ", refusal_));
  return ClientError(ErrorKind::kProtocol, absl::StrCat("bad ", what, ": ", reason));
}

ClientError HttpParser::Fail(ClientError error) {
  keep_alive_ = false;
  error_ = error;
  return error;
}

std::string HttpParser::DebugString() const {
  std::string text = mode_ == Mode::kRequest ? "request" : "response";
  if (error_.has_value()) return absl::StrCat(text, ", failed: ", error_->message());
  switch (state_) {
    case State::kHead: return absl::StrCat(text, ", head, ", position_, " bytes");
    case State::kComplete: return absl::StrCat(text, ", complete", upgrade_ ? ", upgraded" : "");
    case State::kBody: break;
  }
  absl::StrAppend(&text, ", body, ", body_bytes_);
  if (framing_.kind == BodyFraming::Kind::kLength) absl::StrAppend(&text, " of ", framing_.length);
  return absl::StrCat(text, " bytes");
}

}  // namespace client
