#include "sim/http/hostile_menu.h"

#include <cstddef>

namespace sim {
namespace {

// With the zeros in it.
template <size_t n>
constexpr absl::string_view Bytes(const char (&text)[n]) {
  return absl::string_view(text, n - 1);
}

constexpr HostileToken kStatusLines[] = {
    {"HTTP/1.1 200 OK\r\n"},
    {"HTTP/1.0 200 OK\r\n"},
    {"HTTP/1.1 204 No Content\r\n"},
    {"HTTP/1.1 304 Not Modified\r\n"},
    {"HTTP/1.1 302 Found\r\nLocation: /again\r\n"},
    {"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://b.test/\r\n"},
    {"HTTP/1.1 302 Found\r\nLocation: //\r\n"},
    {"HTTP/1.1 302 Found\r\nLocation: \x80\xff\r\n"},
    {"HTTP/1.1 302 Found\r\n"},
    {"HTTP/1.1 417 Expectation Failed\r\n"},
    {"HTTP/1.1 500 \r\n"},
    {"HTTP/1.1 200\r\n"},
    {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"},
    {"HTTP/1.1 103 Early Hints\r\nContent-Length: 3\r\n\r\nHTTP/1.1 200 OK\r\n"},
    {"HTTP/1.1 199 \r\n\r\n", 300},
    {"\r\n\r\nHTTP/1.1 200 OK\r\n"},
    {"HTTP/1.1 099 OK\r\n"},
    {"HTTP/1.1 2000 OK\r\n"},
    {"HTTP/1.1 20x OK\r\n"},
    {"HTTP/1.1  200 OK\r\n"},
    {"HTTP/2.0 200 OK\r\n"},
    {"HTTP/1.1 200 OK\n"},
    {"http/1.1 200 OK\r\n"},
    {"ICY 200 OK\r\n"},
    {"GET / HTTP/1.1\r\n"},
    {"HTTP/1.1 200 ", 9000},
    {"\x16\x03\x01\x02"},
    {"<html>"},
};

constexpr HostileToken kFramings[] = {
    {"Content-Length: 5\r\n"},
    {"Transfer-Encoding: chunked\r\n"},
    {""},
    {"Content-Length: 0\r\n"},
    {"Content-Length: 40000\r\n"},
    {"Content-Length: 4\r\n"},
    {"Content-Length: 5\r\n", 2},
    {"Content-Length: 5\r\nContent-Length: 6\r\n"},
    {"Content-Length: 5, 5\r\n"},
    {"Content-Length: -5\r\n"},
    {"Content-Length: +5\r\n"},
    {"Content-Length: 0x5\r\n"},
    {"Content-Length: 5 5\r\n"},
    {"Content-Length:\r\n"},
    {"Content-Length: 9223372036854775807\r\n"},
    {"Content-Length: 18446744073709551615\r\n"},
    {"Content-Length: 18446744073709551616\r\n"},
    {"Content-Length: 99999999999999999999999999\r\n"},
    {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"},
    {"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"},
    {"Transfer-Encoding: gzip, chunked\r\n"},
    {"Transfer-Encoding: chunked, gzip\r\n"},
    {"Transfer-Encoding: chunked\r\n", 2},
    {"Transfer-Encoding: identity\r\n"},
    {"Transfer-Encoding : chunked\r\n"},
    {"Transfer-Encoding:\x0b" "chunked\r\n"},
    {"Transfer-Encoding: xchunked\r\n"},
    {" Content-Length: 5\r\n"},
};

constexpr HostileToken kFields[] = {
    {""},
    {"Connection: close\r\n"},
    {"Connection: keep-alive\r\n"},
    {"Connection: close, keep-alive\r\n"},
    {"Connection: upgrade\r\nUpgrade: h2c\r\n"},
    {"Keep-Alive: timeout=0\r\n"},
    {"Content-Encoding: gzip\r\n"},
    {"Content-Encoding: deflate\r\n"},
    {"Content-Encoding: gzip, gzip\r\n"},
    {"Content-Encoding: br\r\n"},
    {"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99\r\n"},
    {"Sec-WebSocket-Protocol: nobody-asked\r\n"},
    {"X: y\r\n", 300},
    {"X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy", 1000},
    {"yyyyyyyyyyyyyyyy", 5000},
    {"X: \x01\x7f\r\n"},
    {Bytes("X: a\0b\r\n")},
    {Bytes("X\0: y\r\n")},
    {"X: \x80\xff\r\n"},
    {": nameless\r\n"},
    {"no colon\r\n"},
    {"X :y\r\n"},
    {"X: folded\r\n and so on\r\n"},
    {"X: y\rZ: w\r\n"},
    {"X: y\n"},
    {"\r\r\n"},
};

constexpr HostileToken kHeadEnds[] = {{"\r\n"}, {"\n"}, {"\r"}, {""}, {"\r\n\r\n"}, {Bytes("\0\r\n")}};

// The third one is an empty gzip stream, the fourth begins one and goes on with garbage, the fifth is 10 KiB of zeros.
constexpr HostileToken kBodies[] = {
    {"hello"},
    {"hel"},
    {Bytes("\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0")},
    {Bytes("\x1f\x8b\x08\0\0\0\0\0\0\x03\xff\xff\xff\xff\x55\xaa")},
    {Bytes("\x78\xda\xed\xc1\x01\x0d\0\0\0\xc2\xa0\xf7\x4f\x6d\x0f\x07\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")},
    {"hello and more than was said"},
    {""},
    {"0123456789abcdef", 2500},
    {"0123456789abcdef", 5000},
    {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
};

constexpr HostileToken kChunks[] = {
    {"0\r\n\r\n"},
    {"5\r\nhello\r\n"},
    {"1\r\n.\r\n", 500},
    {"1000\r\n"},
    {"0123456789abcdef", 256},
    {"\r\n"},
    {"5;name=\"va\\\"lue\"\r\nhello\r\n"},
    {";;;;;;;;;;;;;;;;", 5000},
    {"00000000000000000000000000000005\r\nhello\r\n"},
    {"7fffffffffffffff\r\n"},
    {"ffffffffffffffff\r\n"},
    {"10000000000000000\r\n"},
    {"-1\r\nx\r\n"},
    {"0x5\r\nhello\r\n"},
    {" 5\r\nhello\r\n"},
    {"5 \r\nhello\r\n"},
    {"5\nhello\n"},
    {"5\r\nhelloXX"},
    {"4\r\nhello\r\n"},
    {"0\r\nTrailer: x\r\n\r\n"},
    {"0\r\nContent-Length: 5\r\n\r\n"},
    {"0\r\nT: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy", 3000},
    {"0\r\n"},
    {"\r\n\r\n"},
    {"g\r\n"},
    {Bytes("\0")},
};

constexpr HostileToken kBehind[] = {
    {""},
    {"\r\n"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes"},
    {"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"},
    {"HTTP/1.1 100 Continue\r\n\r\n"},
    {"garbage"},
    {Bytes("\0\0\0\0")},
    {"0123456789abcdef", 5000},
    {"HTTP/1.1 "},
};

constexpr HostileToken kFrames[] = {
    {""},
    {"\x81\x05hello"},
    {Bytes("\x82\0")},
    {"\x01\x03hel\x80\x02lo"},
    {"\x89\x03you"},
    {"\x8a\x03you"},
    {"\x88\x02\x03\xe8"},
    {Bytes("\x88\0")},
    {"\x88\x01\x03"},
    {"\x88\x02\x03\xed"},
    {"\x88\x04\x03\xe8\xff\xfe"},
    {"\x81\x02\xc3\x28"},
    {"\x01\x02\xe2\x82"},
    {"\x80\x01x"},
    {"\x01\x01" "a\x01\x01" "b"},
    {"\x09\x01x"},
    {"\x83\x01x"},
    {"\x8b\x01x"},
    {"\xc1\x05hello"},
    {Bytes("\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\0")},
    {"\xf1\x01x"},
    {Bytes("\x81\x85\0\0\0\0hello")},
    {Bytes("\x82\x7e\0\x05hello")},
    {Bytes("\x82\x7f\0\0\0\0\0\x01\0\0")},
    {"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"},
    {"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"},
    {"\x89\x7e\x01\x01"},
    {"\x82\x10" "0123456789abcdef", 2000},
    {"\x02\x10" "0123456789abcdef", 200},
    {"\x89\x04ping", 500},
};

}  // namespace

HostileMenu HostileStatusLines() { return kStatusLines; }
HostileMenu HostileFramings() { return kFramings; }
HostileMenu HostileFields() { return kFields; }
HostileMenu HostileHeadEnds() { return kHeadEnds; }
HostileMenu HostileBodies() { return kBodies; }
HostileMenu HostileChunks() { return kChunks; }
HostileMenu HostileBehind() { return kBehind; }
HostileMenu HostileFrames() { return kFrames; }

}  // namespace sim
