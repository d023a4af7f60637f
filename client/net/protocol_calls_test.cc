#include "client/net/protocol_calls.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace client {
namespace {

// What a transport has of it.
struct Owner {
  ProtocolCalls calls;
};

// Writes its calls down, and does in them what the test says.
class Scribe final : public Protocol {
 public:
  std::string log;
  std::function<void(const std::string& what)> on = [](const std::string&) {};

  void DataReceived(Slice bytes) override { Note("data(" + std::string(bytes.view()) + ")"); }
  void EofReceived() override { Note("eof"); }
  void ConnectionLost(Result<void> error) override { Note(error.ok() ? "lost" : "reset"); }
  void PauseWriting() override { Note("pause"); }
  void ResumeWriting() override { Note("resume"); }

 private:
  void Note(const std::string& what) {
    log += what + " ";
    on(what);
    log += "; ";
  }
};

class ProtocolCallsTest : public ::testing::Test {
 protected:
  ProtocolCallsTest() { owner->calls.set_protocol(&scribe); }

  // By its number.
  bool Call(int which) {
    ProtocolCalls& calls = owner->calls;
    switch (which) {
      case 0: return calls.DataReceived(Slice::Static("x"));
      case 1: return calls.EofReceived();
      case 2: return calls.ConnectionLost(ClientError(ErrorKind::kDisconnected, "gone"));
      case 3: return calls.ResumeWriting();
      default: return calls.PauseWriting();
    }
  }

  Scribe scribe;
  std::unique_ptr<Owner> owner = std::make_unique<Owner>();
};

TEST_F(ProtocolCallsTest, EachIsOneCallOfTheProtocol) {
  for (int which = 0; which < 5; ++which) EXPECT_TRUE(Call(which));
  EXPECT_EQ(scribe.log, "data(x) ; eof ; reset ; resume ; pause ; ");
}

TEST_F(ProtocolCallsTest, EachSaysWhetherTheOwnerWasDestroyedInIt) {
  scribe.on = [this](const std::string&) { owner.reset(); };
  for (int which = 0; which < 5; ++which) {
    owner = std::make_unique<Owner>();
    owner->calls.set_protocol(&scribe);
    EXPECT_FALSE(Call(which)) << which;
  }
}

TEST_F(ProtocolCallsTest, AllWhoAreOnTheStackAreTold) {
  scribe.on = [this](const std::string&) { owner.reset(); };
  bool inner = true, middle = true;
  const bool outer = owner->calls.Survives([&] {
    middle = owner->calls.Survives([&] { inner = owner->calls.EofReceived(); });
  });
  EXPECT_FALSE(inner);
  EXPECT_FALSE(middle);
  EXPECT_FALSE(outer);
}

TEST_F(ProtocolCallsTest, WhoWasToldOfASurvivalIsToldOfTheEndThatComesLater) {
  bool first = false, second = true;
  const bool outer = owner->calls.Survives([&] {
    first = owner->calls.EofReceived();
    second = owner->calls.Survives([this] { owner.reset(); });
  });
  EXPECT_TRUE(first);
  EXPECT_FALSE(second);
  EXPECT_FALSE(outer);
}

TEST_F(ProtocolCallsTest, PauseWritingWaitsForTheCallThatIsRunning) {
  for (int which = 0; which < 5; ++which) {
    scribe.log.clear();
    bool paused = false;
    scribe.on = [&](const std::string&) {
      if (std::exchange(paused, true)) return;
      EXPECT_TRUE(owner->calls.PauseWriting());
      EXPECT_TRUE(owner->calls.pause_due());
    };
    EXPECT_TRUE(Call(which));
    EXPECT_FALSE(owner->calls.pause_due());
    EXPECT_EQ(scribe.log.substr(scribe.log.find(' ')), " ; pause ; ") << which;
    EXPECT_TRUE(owner->calls.PauseWriting());  // none is running any more: at once
    EXPECT_EQ(scribe.log.substr(scribe.log.find(' ')), " ; pause ; pause ; ") << which;
  }
}

TEST_F(ProtocolCallsTest, ThePauseThatWaitedMayDestroyTheOwnerToo) {
  scribe.on = [this](const std::string& what) {
    if (what == "pause") return owner.reset();
    owner->calls.PauseWriting();
  };
  EXPECT_FALSE(Call(1));
  EXPECT_EQ(scribe.log, "eof ; pause ; ");
}

TEST_F(ProtocolCallsTest, ThePauseThatWaitedGoesToWhomeverTheCallHasLeft) {
  Scribe next;
  scribe.on = [&](const std::string&) {
    owner->calls.PauseWriting();
    owner->calls.set_protocol(&next);
  };
  EXPECT_TRUE(Call(1));
  EXPECT_EQ(scribe.log, "eof ; ");
  EXPECT_EQ(next.log, "pause ; ");
  next.on = [&](const std::string&) {
    owner->calls.PauseWriting();
    owner->calls.set_protocol(nullptr);
  };
  EXPECT_TRUE(Call(1));
  EXPECT_EQ(next.log, "pause ; eof ; ");
  EXPECT_FALSE(owner->calls.pause_due());
  EXPECT_TRUE(owner->calls.PauseWriting());  // nobody is there to be told
  EXPECT_EQ(next.log, "pause ; eof ; ");
}

}  // namespace
}  // namespace client
