#include "client/websocket/message_deflate.h"

#include <algorithm>
#include <cstring>

#include "client/base/check.h"
#include "client/base/zlib_memory.h"

namespace client {
namespace {

// zlib's deflate has no window of 256 bytes. With one of 512 it looks back 250 bytes at most, which is as good.
constexpr int kSmallestDeflateWindow = 9;

int WindowBits(const DeflateParameters& parameters, WebSocketRole compressor) {
  CHECK(IsValid(parameters));
  return compressor == WebSocketRole::kClient ? parameters.client_max_window_bits : parameters.server_max_window_bits;
}
bool Takeover(const DeflateParameters& parameters, WebSocketRole compressor) {
  return !(compressor == WebSocketRole::kClient ? parameters.client_no_context_takeover
                                                : parameters.server_no_context_takeover);
}
WebSocketRole Peer(WebSocketRole role) {
  return role == WebSocketRole::kClient ? WebSocketRole::kServer : WebSocketRole::kClient;
}

void SetInput(z_stream& stream, absl::string_view input) {
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
  stream.avail_in = static_cast<uInt>(input.size());
}
void SetOutput(z_stream& stream, char* output, size_t room) {
  stream.next_out = reinterpret_cast<Bytef*>(output);
  stream.avail_out = static_cast<uInt>(room);
}

}  // namespace

MessageDeflater::MessageDeflater(const DeflateParameters& parameters, WebSocketRole role)
    : window_bits_(std::max(WindowBits(parameters, role), kSmallestDeflateWindow)),
      takeover_(Takeover(parameters, role)) {}

MessageDeflater::~MessageDeflater() {
  if (open_) deflateEnd(&stream_);
  if (output_ != nullptr) output_->Unref();
}

void MessageDeflater::Open() {
  open_ = true;
  UseOperatorNew(stream_);
  const int memory_level = std::clamp(window_bits_ - 7, 1, 8);  // no larger than the window is worth
  CHECK(deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -window_bits_, memory_level, Z_DEFAULT_STRATEGY) ==
        Z_OK);
}

absl::string_view MessageDeflater::Deflate(absl::string_view part, bool last) {
  if (!open_) Open();
  output_size_ = 0;
  SetInput(stream_, part);
  do {
    Grow();
    const size_t room = output_->capacity() - output_size_;
    SetOutput(stream_, output_->data() + output_size_, room);
    const int code = deflate(&stream_, Z_SYNC_FLUSH);
    CHECK(code == Z_OK || code == Z_BUF_ERROR);  // the latter: nothing to do
    output_size_ += room - stream_.avail_out;
  } while (stream_.avail_out == 0);
  if (!last) return absl::string_view(output_->data(), output_size_);
  if (!takeover_) CHECK(deflateReset(&stream_) == Z_OK);
  if (output_size_ == 0) return absl::string_view("\0", 1);  // section 7.2.3.6: the head of an empty block
  const size_t size = output_size_ - MessageInflater::kTail.size();
  CHECK(absl::string_view(output_->data() + size, 4) == MessageInflater::kTail);
  return absl::string_view(output_->data(), size);
}

void MessageDeflater::Grow() {
  constexpr size_t kFlush = 16;  // what a flush adds, at most
  const size_t wanted = output_size_ == 0 ? deflateBound(&stream_, stream_.avail_in) + kFlush : 2 * output_size_;
  if (output_ != nullptr && output_->capacity() >= wanted) return;
  Buffer* const grown = Buffer::New(wanted);
  if (output_ != nullptr) {
    std::memcpy(grown->data(), output_->data(), output_size_);
    output_->Unref();
  }
  output_ = grown;
}

MessageInflater::MessageInflater(const DeflateParameters& parameters, WebSocketRole role)
    : window_bits_(WindowBits(parameters, Peer(role))), takeover_(Takeover(parameters, Peer(role))) {}

MessageInflater::~MessageInflater() {
  if (open_) inflateEnd(&stream_);
}

void MessageInflater::BeginMessage() {
  if (!open_) {
    open_ = true;
    UseOperatorNew(stream_);
    CHECK(inflateInit2(&stream_, -window_bits_) == Z_OK);
  } else if (!takeover_) {
    CHECK(inflateReset(&stream_) == Z_OK);
    final_ = false;
  }
}

MessageInflater::Output MessageInflater::Inflate(absl::string_view& input, char* output, size_t room) {
  CHECK(open_ && room > 0);
  SetOutput(stream_, output, room);
  bool corrupt = false;
  do {
    if (final_ && !input.empty() && !BeginStream()) break;
    SetInput(stream_, input);
    const int code = inflate(&stream_, Z_SYNC_FLUSH);
    input.remove_prefix(input.size() - stream_.avail_in);
    final_ = code == Z_STREAM_END;
    corrupt = code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR;  // the last: nothing to do
  } while (!corrupt && final_ && !input.empty() && stream_.avail_out > 0);
  return Output{room - stream_.avail_out, corrupt};
}

bool MessageInflater::BeginStream() {
  // inflateReset() forgets the window.
  Bytef window[1 << DeflateParameters::kWindowBitsMax];
  uInt size = 0;
  const Bytef* const kept = window;
  if (inflateGetDictionary(&stream_, window, &size) != Z_OK || inflateReset(&stream_) != Z_OK) return false;
  final_ = false;
  return inflateSetDictionary(&stream_, kept, size) == Z_OK;
}

bool MessageInflater::EndsWithABlock() const {
  constexpr int kUnusedBits = 63;
  constexpr int kBehindABlock = 128;
  return !final_ && (stream_.data_type & kUnusedBits) == 0 && (stream_.data_type & kBehindABlock) != 0;
}

}  // namespace client
