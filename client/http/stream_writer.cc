#include "client/http/stream_writer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/check.h"
#include "client/http/serializer.h"

namespace client {

StreamWriter::StreamWriter(Transport& transport)
    : transport_(&transport), connection_(transport.name()), paused_(transport.writing_paused()) {}

StreamWriter::~StreamWriter() {
  if (scratch_ != nullptr) scratch_->Unref();
}

Result<void> StreamWriter::WriteHeaders(Slice head, const BodyFraming& framing) {
  if (error_.has_value()) return *error_;
  if (state_ != State::kIdle) return ClientError(ErrorKind::kUsage, "the head was written already");
  framing_ = framing;
  state_ = State::kBody;
  transport_->Write(std::move(head));
  return Result<void>();
}

Result<void> StreamWriter::Write(Slice bytes) {
  Result<void> ready = RequireBody();
  if (!ready.ok() || bytes.empty()) return ready;
  const uint64_t size = bytes.size();
  if (framing_.kind == BodyFraming::Kind::kNone) {
    return Fail(ClientError(ErrorKind::kBodySource, "a body for a message without one"));
  }
  if (framing_.kind == BodyFraming::Kind::kLength && size > framing_.length - body_bytes_) {
    return Fail(ClientError(ErrorKind::kBodySource, absl::StrCat("the body is longer than the ", framing_.length,
                                                                 " bytes that were declared")));
  }
  body_bytes_ += size;
  if (framing_.kind != BodyFraming::Kind::kChunked) {
    transport_->Write(std::move(bytes));
    return ready;
  }
  transport_->Write(ChunkHeader(size));
  transport_->Write(std::move(bytes));
  transport_->Write(Slice::Static(kChunkEnd));
  return ready;
}

Result<void> StreamWriter::WriteEof() {
  Result<void> ready = RequireBody();
  if (!ready.ok()) return ready;
  if (framing_.kind == BodyFraming::Kind::kLength && body_bytes_ < framing_.length) {
    return Fail(ClientError(ErrorKind::kBodySource, absl::StrCat("the body ended after ", body_bytes_, " of the ",
                                                                 framing_.length, " bytes that were declared")));
  }
  if (framing_.kind == BodyFraming::Kind::kChunked) transport_->Write(Slice::Static(kLastChunk));
  End();
  return ready;
}

Result<void> StreamWriter::WriteEof(const Headers& trailers) {
  Result<void> ready = RequireBody();
  if (!ready.ok()) return ready;
  if (framing_.kind != BodyFraming::Kind::kChunked) {
    return Fail(ClientError(ErrorKind::kUsage, "only a chunked body has trailers"));
  }
  std::string bytes;
  Result<void> appended = AppendTrailers(trailers, &bytes);
  if (!appended.ok()) return Fail(appended.error());
  transport_->Write(Slice::Copy(bytes));
  End();
  return ready;
}

void StreamWriter::OnResume() {
  paused_ = false;
  waiters_.WakeAll();
}

void StreamWriter::OnLost(ClientError error) {
  transport_ = nullptr;
  if (!error_.has_value()) error_ = std::move(error);
  if (state_ != State::kComplete) state_ = State::kFailed;
  waiters_.WakeAll();
}

Result<void> StreamWriter::RequireBody() const {
  if (error_.has_value()) return *error_;
  if (state_ == State::kIdle) return ClientError(ErrorKind::kUsage, "a body before its head");
  if (state_ == State::kComplete) return ClientError(ErrorKind::kUsage, "a write after the end of the message");
  return Result<void>();
}

ClientError StreamWriter::Fail(ClientError error) {
  state_ = State::kFailed;
  error_ = error;
  transport_ = nullptr;
  waiters_.WakeAll();
  return error;
}

void StreamWriter::End() {
  state_ = State::kComplete;
  transport_ = nullptr;
}

Slice StreamWriter::ChunkHeader(uint64_t bytes) {
  constexpr size_t kScratchBytes = 512;
  if (scratch_ != nullptr && scratch_used_ + kChunkHeaderMax > kScratchBytes) {
    std::exchange(scratch_, nullptr)->Unref();
  }
  if (scratch_ == nullptr) {
    scratch_ = Buffer::New(kScratchBytes);
    scratch_used_ = 0;
  }
  const size_t start = scratch_used_;
  scratch_used_ += FormatChunkHeader(bytes, scratch_->data() + start);
  scratch_->Ref();
  return Slice::Adopt(scratch_, start, scratch_used_ - start);
}

std::string StreamWriter::DebugString() const {
  std::string text;
  switch (framing_.kind) {
    case BodyFraming::Kind::kNone: text = "no body"; break;
    case BodyFraming::Kind::kLength: text = absl::StrCat("length ", framing_.length); break;
    case BodyFraming::Kind::kChunked: text = "chunked"; break;
    case BodyFraming::Kind::kUntilClose: text = "until close"; break;
  }
  if (state_ == State::kIdle) text = "not started";
  absl::StrAppend(&text, ": ", body_bytes_, " bytes written");
  if (complete()) absl::StrAppend(&text, ", complete");
  if (paused_) absl::StrAppend(&text, ", paused");
  if (error_.has_value()) absl::StrAppend(&text, ", error: ", error_->message());
  return text;
}

}  // namespace client
