// A typical response, a big body in 64 KiB pieces, and llhttp alone as the floor of both.

#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "client/base/check.h"
#include "client/http/http_parser.h"
#include "llhttp.h"

namespace client {
namespace {

std::string TypicalResponse() {
  return absl::StrCat(
      "HTTP/1.1 200 OK\r\n"
      "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\n"
      "Server: sim\r\n"
      "Content-Type: text/plain\r\n"
      "Content-Length: 200\r\n"
      "\r\n",
      std::string(200, 'x'));
}

class Sink : public HttpParser::Events {
 public:
  void OnHead(MessageHead& head) override { benchmark::DoNotOptimize(head.status); }
  void OnBody(absl::string_view part) override { bytes += part.size(); }
  void OnMessageComplete() override {}
  size_t bytes = 0;
};

void BM_Response(benchmark::State& state) {
  const std::string text = TypicalResponse();
  Sink sink;
  HttpParser parser(HttpParser::Mode::kResponse, HttpLimits(), sink);
  for (auto _ : state) {
    const Result<size_t> used = parser.Feed(text);
    CHECK(used.ok() && parser.complete());
    parser.StartMessage(false);
  }
}
BENCHMARK(BM_Response);

void BM_LlhttpResponse(benchmark::State& state) {
  const std::string text = TypicalResponse();
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  llhttp_t parser;
  for (auto _ : state) {
    llhttp_init(&parser, HTTP_RESPONSE, &settings);
    CHECK(llhttp_execute(&parser, text.data(), text.size()) == HPE_OK);
  }
}
BENCHMARK(BM_LlhttpResponse);

// range(0): bytes per chunk; 0 for a body framed by its length.
std::string BigBody(size_t chunk) {
  constexpr size_t kBytes = 64 << 10;
  if (chunk == 0) return std::string(kBytes, 'x');
  std::string text;
  for (size_t done = 0; done < kBytes; done += chunk) {
    absl::StrAppend(&text, absl::Hex(chunk), "\r\n", std::string(chunk, 'x'), "\r\n");
  }
  return text;
}

std::string BigHead(size_t chunk) {
  return absl::StrCat("HTTP/1.1 200 OK\r\n",  // 1 EiB: never reached
                      chunk == 0 ? "Content-Length: 1152921504606846976\r\n" : "Transfer-Encoding: chunked\r\n",
                      "\r\n");
}

void BM_Body(benchmark::State& state) {
  const size_t chunk = static_cast<size_t>(state.range(0));
  const std::string body = BigBody(chunk);
  Sink sink;
  HttpParser parser(HttpParser::Mode::kResponse, HttpLimits(), sink);
  CHECK(parser.Feed(BigHead(chunk)).ok());
  for (auto _ : state) CHECK(parser.Feed(body).ok());
  state.SetBytesProcessed(static_cast<int64_t>(sink.bytes));
}
BENCHMARK(BM_Body)->Arg(0)->Arg(64)->Arg(1024)->Arg(16 << 10);

void BM_LlhttpBody(benchmark::State& state) {
  const size_t chunk = static_cast<size_t>(state.range(0));
  const std::string body = BigBody(chunk);
  const std::string head = BigHead(chunk);
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  llhttp_t parser;
  llhttp_init(&parser, HTTP_RESPONSE, &settings);
  CHECK(llhttp_execute(&parser, head.data(), head.size()) == HPE_OK);
  for (auto _ : state) CHECK(llhttp_execute(&parser, body.data(), body.size()) == HPE_OK);
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * (64 << 10));
}
BENCHMARK(BM_LlhttpBody)->Arg(0)->Arg(64)->Arg(1024)->Arg(16 << 10);

}  // namespace
}  // namespace client
