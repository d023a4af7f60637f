#include "client/websocket/deflate_parameters.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace client {
namespace {

DeflateParameters Make(int client_bits, int server_bits, bool client_no_takeover, bool server_no_takeover) {
  DeflateParameters parameters;
  parameters.client_max_window_bits = client_bits;
  parameters.server_max_window_bits = server_bits;
  parameters.client_no_context_takeover = client_no_takeover;
  parameters.server_no_context_takeover = server_no_takeover;
  return parameters;
}

const DeflateParameters kAnything;

Headers Fields(const std::vector<std::string>& values) {
  Headers headers;
  for (const std::string& value : values) headers.Add("sec-websocket-extensions", value);
  return headers;
}

// What a client that has offered `offered` makes of `answer`.
std::string Check(const DeflateParameters& offered, const std::string& answer) {
  const Result<absl::optional<DeflateParameters>> agreed = CheckDeflateAnswer(offered, Fields({answer}));
  if (!agreed.ok()) return std::string(agreed.error().message());
  return agreed->has_value() ? (*agreed)->DebugString() : "none";
}

// What a server with `limits` answers.
std::string Accept(const std::vector<std::string>& offers, const DeflateParameters& limits = kAnything) {
  const absl::optional<AcceptedDeflate> accepted = AcceptDeflate(Fields(offers), limits);
  return accepted.has_value() ? accepted->answer : "none";
}

const char kPlain[] = "permessage-deflate";

TEST(DeflateParametersTest, AnOfferSaysWhatIsNotTheDefaultAndThatTheClientCanLimitItself) {
  EXPECT_EQ(OfferDeflate(kAnything), "permessage-deflate; client_max_window_bits");
  EXPECT_EQ(OfferDeflate(Make(10, 9, true, true)),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; "
            "client_max_window_bits=10");
}

TEST(DeflateParametersTest, EveryOfferAndEveryLimitAgree) {
  for (int offer = 0; offer < 64; ++offer) {
    for (int limit = 0; limit < 64; ++limit) {
      const auto make = [](int bits) {
        const int windows[] = {8, 9, 12, 15};
        return Make(windows[bits % 4], windows[bits / 4 % 4], (bits & 16) != 0, (bits & 32) != 0);
      };
      const DeflateParameters offered = make(offer);
      const DeflateParameters limits = make(limit);
      const absl::optional<AcceptedDeflate> server = AcceptDeflate(Fields({OfferDeflate(offered)}), limits);
      ASSERT_TRUE(server.has_value());
      const Result<absl::optional<DeflateParameters>> client = CheckDeflateAnswer(offered, Fields({server->answer}));
      ASSERT_TRUE(client.ok()) << server->answer;
      ASSERT_TRUE(client->has_value());
      EXPECT_EQ((*client)->DebugString(), server->agreed.DebugString());
      EXPECT_TRUE(**client == server->agreed);
      EXPECT_LE(server->agreed.client_max_window_bits, limits.client_max_window_bits);
      EXPECT_LE(server->agreed.server_max_window_bits, limits.server_max_window_bits);
    }
  }
}

TEST(DeflateParametersTest, AnAnswerMayNarrowTheOffer) {
  EXPECT_EQ(Check(kAnything, kPlain), kPlain);
  for (const char* const more : {"; server_no_context_takeover", "; client_no_context_takeover",
                                 "; server_max_window_bits=8", "; client_max_window_bits=14"}) {
    EXPECT_EQ(Check(kAnything, absl::StrCat(kPlain, more)), absl::StrCat(kPlain, more));
  }
  EXPECT_EQ(Check(kAnything, "permessage-deflate;client_max_window_bits=\"9\"\t;server_max_window_bits=15"),
            "permessage-deflate; client_max_window_bits=9");
  EXPECT_EQ(Check(kAnything, ", permessage-deflate ,"), kPlain);
  EXPECT_EQ(Check(kAnything, " , "), "none");
}

TEST(DeflateParametersTest, WhatTheClientHasPromisedHoldsWithoutBeingRepeated) {
  EXPECT_EQ(Check(Make(10, 15, true, false), kPlain),
            "permessage-deflate; client_no_context_takeover; client_max_window_bits=10");
  EXPECT_EQ(Check(Make(10, 15, false, false), "permessage-deflate; client_max_window_bits=9"),
            "permessage-deflate; client_max_window_bits=9");
}

TEST(DeflateParametersTest, BadAnswersAreErrors) {
  const std::pair<const char*, const char*> cases[] = {
      {"permessage-bzip2", "an extension that was not offered"},
      {"x-webkit-deflate-frame", "an extension that was not offered"},
      {"permessage-deflate, permessage-deflate", "more than one extension"},
      {"permessage-deflate, permessage-bzip2", "more than one extension"},
      {"permessage-deflate; level=9", "unknown parameter level"},
      {"permessage-deflate; Server_no_context_takeover", "unknown parameter Server_no_context_takeover"},
      {"permessage-deflate; client_no_context_takeover; client_no_context_takeover",
       "more than one client_no_context_takeover"},
      {"permessage-deflate; server_max_window_bits=9; server_max_window_bits=9",
       "more than one server_max_window_bits"},
      {"permessage-deflate; server_no_context_takeover=1", "bad value of server_no_context_takeover"},
      {"permessage-deflate; client_no_context_takeover=true", "bad value of client_no_context_takeover"},
      {"permessage-deflate; client_max_window_bits", "bad value of client_max_window_bits"},
      {"permessage-deflate; server_max_window_bits", "bad value of server_max_window_bits"},
      {"permessage-deflate; server_max_window_bits=7", "bad value of server_max_window_bits"},
      {"permessage-deflate; server_max_window_bits=16", "bad value of server_max_window_bits"},
      {"permessage-deflate; server_max_window_bits=08", "bad value of server_max_window_bits"},
      {"permessage-deflate; server_max_window_bits=+9", "bad value of server_max_window_bits"},
      {"permessage-deflate; client_max_window_bits=1e1", "bad value of client_max_window_bits"},
      {"permessage-deflate;", "a malformed Sec-WebSocket-Extensions"},
      {"permessage-deflate; client_max_window_bits=", "a malformed Sec-WebSocket-Extensions"},
      {"permessage-deflate; client_max_window_bits=\"", "a malformed Sec-WebSocket-Extensions"},
      {"permessage-deflate; client_max_window_bits=\"\"", "a malformed Sec-WebSocket-Extensions"},
      {"permessage-deflate; client_max_window_bits=\"1 0\"", "a malformed Sec-WebSocket-Extensions"},
      {"permessage-deflate server_no_context_takeover", "a malformed Sec-WebSocket-Extensions"},
      {"permessage-deflate, ?", "a malformed Sec-WebSocket-Extensions"},
  };
  for (const auto& [answer, why] : cases) EXPECT_EQ(Check(kAnything, answer), why) << answer;
}

TEST(DeflateParametersTest, AnAnswerMustKeepWhatWasDemanded) {
  EXPECT_EQ(Check(Make(15, 15, false, true), kPlain), "no server_no_context_takeover");
  EXPECT_EQ(Check(Make(15, 10, false, false), kPlain), "no server_max_window_bits");
  EXPECT_EQ(Check(Make(15, 10, false, false), "permessage-deflate; server_max_window_bits=11"),
            "too large a server_max_window_bits");
  EXPECT_EQ(Check(Make(10, 15, false, false), "permessage-deflate; client_max_window_bits=11"),
            "too large a client_max_window_bits");
}

TEST(DeflateParametersTest, AnAnswerWithoutAnOfferIsAnError) {
  const Result<absl::optional<DeflateParameters>> agreed = CheckDeflateAnswer(absl::nullopt, Fields({kPlain}));
  ASSERT_FALSE(agreed.ok());
  EXPECT_EQ(agreed.error().message(), "an extension that was not offered");
  EXPECT_FALSE(CheckDeflateAnswer(absl::nullopt, Headers())->has_value());
  EXPECT_FALSE(CheckDeflateAnswer(kAnything, Headers())->has_value());
  const Result<absl::optional<DeflateParameters>> two = CheckDeflateAnswer(kAnything, Fields({kPlain, kPlain}));
  ASSERT_FALSE(two.ok());
  EXPECT_EQ(two.error().message(), "more than one extension");
}

TEST(DeflateParametersTest, TheServerTakesTheFirstOfferThatItUnderstands) {
  EXPECT_EQ(Accept({}), "none");
  EXPECT_EQ(Accept({"permessage-bzip2"}), "none");
  EXPECT_EQ(Accept({kPlain}), kPlain);
  EXPECT_EQ(Accept({"permessage-deflate; level=9, permessage-deflate; server_max_window_bits=10, permessage-deflate"}),
            "permessage-deflate; server_max_window_bits=10");
  EXPECT_EQ(Accept({"permessage-bzip2; a=\"b\"", "permessage-deflate; server_no_context_takeover"}),
            "permessage-deflate; server_no_context_takeover");
  EXPECT_EQ(Accept({"permessage-deflate; server_max_window_bits"}), "none");
}

TEST(DeflateParametersTest, AServerLimitsTheClientOnlyIfItCanBeLimited) {
  EXPECT_EQ(Accept({kPlain}, Make(9, 9, false, false)), "permessage-deflate; server_max_window_bits=9");
  EXPECT_EQ(Accept({"permessage-deflate; client_max_window_bits"}, Make(9, 15, false, false)),
            "permessage-deflate; client_max_window_bits=9");
}

}  // namespace
}  // namespace client
