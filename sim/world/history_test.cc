#include "sim/world/history.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace sim {
namespace {

constexpr Name kDownload = Name().Child("download", 1);
constexpr Name kBody = kDownload.Child("body", 0);

void RecordSome(History& history, uint64_t from, uint64_t to) {
  for (uint64_t i = from; i < to; ++i) history.Record(TraceKind::kToy, static_cast<int64_t>(i), kBody, i * 7, 3);
}

uint64_t DigestOf(uint64_t records, bool keep_trace) {
  History history;
  history.BeginRun(0, keep_trace);
  RecordSome(history, 0, records);
  return history.Digest();
}

TEST(HistoryTest, TheDigestIsTheSameWithAndWithoutTheTrace) {
  for (uint64_t records : {0, 1, 127, 128, 129, 1000}) EXPECT_EQ(DigestOf(records, true), DigestOf(records, false));
}

TEST(HistoryTest, TheDigestSeesEveryField) {
  const auto digest = [](int64_t time_ns, Name name, uint64_t a, uint32_t b, TraceKind kind) {
    History history;
    history.BeginRun(0, false);
    history.Record(kind, time_ns, name, a, b);
    return history.Digest();
  };
  const uint64_t base = digest(1, kBody, 2, 3, TraceKind::kToy);
  EXPECT_EQ(base, digest(1, kBody, 2, 3, TraceKind::kToy));
  EXPECT_NE(base, digest(2, kBody, 2, 3, TraceKind::kToy));
  EXPECT_NE(base, digest(1, kDownload, 2, 3, TraceKind::kToy));
  EXPECT_NE(base, digest(1, kBody, 3, 3, TraceKind::kToy));
  EXPECT_NE(base, digest(1, kBody, 2, 4, TraceKind::kToy));
  EXPECT_NE(base, digest(1, kBody, 2, 3, TraceKind::kStep));
}

TEST(HistoryTest, TheDigestDependsOnAllRecordsNotOnWhenItIsAsked) {
  History history;
  history.BeginRun(0, true);
  RecordSome(history, 0, 200);
  const uint64_t early = history.Digest();
  EXPECT_EQ(history.Digest(), early);
  RecordSome(history, 200, 300);
  EXPECT_EQ(history.Digest(), DigestOf(300, false));
  EXPECT_NE(history.Digest(), early);
}

TEST(HistoryTest, MarksAreReachedOnceForEachSubjectAndForgottenWithTheRun) {
  History history;
  history.BeginRun(1, false);
  history.Register(kDownload, Name(), "download", 1);
  history.Register(kBody, kDownload, "body", 0);
  history.tape().Append({kBody, Name(), 1, 3, Label::kToy});
  history.Reach(MarkId::kPaused, kBody);
  history.tape().Append({kBody, Name(), 1, 3, Label::kToy});
  history.Reach(MarkId::kPaused, kBody);
  ASSERT_EQ(history.reached(MarkId::kPaused), 1u);
  EXPECT_EQ(history.hit(MarkId::kPaused, 0).decisions, 1u);
  EXPECT_EQ(history.reached(MarkId::kQueued), 0u);
  EXPECT_TRUE(history.Reached({MarkId::kPaused, Name(), ""}));
  EXPECT_TRUE(history.Reached({MarkId::kPaused, kDownload, ""}));
  EXPECT_FALSE(history.Reached({MarkId::kPaused, Name().Child("other", 0), ""}));
  EXPECT_FALSE(history.Reached({MarkId::kQueued, kDownload, ""}));
  for (uint32_t i = 1; i <= 2 * History::kSubjectsMax; ++i) history.Reach(MarkId::kPaused, Name().Child("other", i));
  EXPECT_EQ(history.reached(MarkId::kPaused), History::kSubjectsMax);
  history.BeginRun(2, false);
  EXPECT_EQ(history.reached(MarkId::kPaused), 0u);
}

TEST(MarkTest, EachHasAName) {
  for (size_t i = 0; i < kMarkCount; ++i) {
    MarkId mark = MarkId::kToy;
    ASSERT_TRUE(MarkFromName(MarkName(static_cast<MarkId>(i)), &mark)) << i;
    EXPECT_EQ(static_cast<size_t>(mark), i);
  }
  MarkId mark = MarkId::kToy;
  EXPECT_FALSE(MarkFromName("", &mark));
  EXPECT_FALSE(MarkFromName("queue", &mark));
}

class Listening final : public TraceListener {
 public:
  void OnRecords(const TraceRecord* records, uint64_t count) override {
    for (uint64_t i = 0; i < count; ++i) heard.push_back(records[i].a);
  }
  std::vector<uint64_t> heard;
};

TEST(HistoryTest, AListenerHearsEveryRecordOnce) {
  for (const bool keep_trace : {false, true}) {
    for (const uint64_t records : {0, 1, 127, 128, 129, 1000}) {
      History history;
      Listening listener;
      history.BeginRun(0, keep_trace);
      history.TellTo(&listener);
      RecordSome(history, 0, records);
      history.StopTelling();
      RecordSome(history, records, 2000);
      ASSERT_EQ(listener.heard.size(), records);
      for (uint64_t i = 0; i < records; ++i) EXPECT_EQ(listener.heard[i], i * 7);
    }
  }
}

TEST(HistoryTest, WhatIsTouchedIsTheNamesSinceTheLastTime) {
  History history;
  history.BeginRun(0, false);
  RecordSome(history, 0, 3);
  const uint64_t body = history.touched();
  EXPECT_EQ(body & (body - 1), 0u);
  EXPECT_NE(body, 0u);
  history.TouchNothing();
  EXPECT_EQ(history.touched(), 0u);
  history.Touch(kDownload);
  history.Touch(kBody);
  EXPECT_EQ(history.touched() & body, body);
}

TEST(HistoryTest, ATraceThatDoesNotFitStillHasItsDigest) {
  History history(History::Options{.tape_capacity = 8, .trace_capacity = 200, .name_capacity = 8, .text_capacity = 64});
  history.BeginRun(0, true);
  RecordSome(history, 0, 5000);
  EXPECT_LE(history.trace_size(), 200u + 128u);
  EXPECT_EQ(history.trace(5).a, 35u);
  EXPECT_EQ(history.Digest(), DigestOf(5000, false));
}

TEST(HistoryTest, BeginRunForgetsTheRunBefore) {
  History history;
  history.BeginRun(1, true);
  RecordSome(history, 0, 300);
  history.Register(kDownload, Name(), "download", 1);
  history.Beat();
  history.tape().Append({});
  history.BeginRun(2, true);
  EXPECT_EQ(history.run(), 2u);
  EXPECT_EQ(history.steps(), 0u);
  EXPECT_EQ(history.trace_size(), 0u);
  EXPECT_EQ(history.tape().size(), 0u);
  EXPECT_EQ(history.Render(kDownload).substr(0, 1), "?");
  EXPECT_EQ(history.Digest(), DigestOf(0, true));
}

TEST(HistoryTest, RendersNamesAsPaths) {
  History history;
  history.BeginRun(0, false);
  history.Register(kDownload, Name(), "download", 1);
  history.Register(kBody, kDownload, "body", 0);
  EXPECT_EQ(history.Render(kBody), "download#1/body");
  EXPECT_EQ(history.Parent(kBody), kDownload);
  EXPECT_EQ(history.KindOf(kBody), "body");
  EXPECT_EQ(history.Render(Name()), "");
  EXPECT_EQ(history.Render(Name::FromId(0xab)), "?ab");
}

TEST(HistoryTest, ANameOutlivesItsText) {
  History history;
  history.BeginRun(0, false);
  Name name;
  {
    std::string text = "a.test:80";
    const auto kind = client::NameKind::FromStable(text);
    name = Name().Child(kind, 2);
    history.Register(name, Name(), kind, 2);
    text.assign(text.size(), '!');
  }
  EXPECT_EQ(history.Render(name), "a.test:80#2");
}

TEST(HistoryTest, NamesThatDoNotFitAreRenderedByTheirId) {
  History history(History::Options{.tape_capacity = 8, .trace_capacity = 256, .name_capacity = 2, .text_capacity = 16});
  history.BeginRun(0, false);
  const Name long_name = Name().Child("a kind of seventeen", 0);
  history.Register(long_name, Name(), "a kind of seventeen", 0);
  EXPECT_EQ(history.Render(long_name).substr(0, 1), "?");
  for (uint32_t i = 1; i <= 3; ++i) history.Register(Name().Child("n", i), Name(), "n", i);
  EXPECT_EQ(history.Render(Name().Child("n", 2)), "n#2");
  EXPECT_EQ(history.Render(Name().Child("n", 3)).substr(0, 1), "?");
}

TEST(HistoryTest, RewindTakesBackWhatCameAfterTheMark) {
  for (uint64_t before : {0, 5, 128, 130}) {
    History history;
    history.BeginRun(0, true);
    RecordSome(history, 0, before);
    history.Register(kDownload, Name(), "download", 1);
    history.Beat();
    history.tape().Append({.index = 1});
    const uint64_t digest = history.Digest();
    const History::Point point = history.Mark();
    for (int round = 0; round < 3; ++round) {
      RecordSome(history, 1000, 1400);
      history.Register(kBody, kDownload, "body", 0);
      history.Beat();
      history.tape().Append({.index = 2});
      EXPECT_NE(history.Digest(), digest);
      history.Rewind(point);
      EXPECT_EQ(history.Digest(), digest);
      EXPECT_EQ(history.trace_size(), before);
      EXPECT_EQ(history.tape().size(), 1u);
      EXPECT_EQ(history.steps(), 1u);
      EXPECT_EQ(history.Render(kDownload), "download#1");
      EXPECT_EQ(history.Render(kBody).substr(0, 1), "?");
    }
    RecordSome(history, before, before + 300);
    EXPECT_EQ(history.Digest(), DigestOf(before + 300, false));
  }
}

TEST(HistoryTest, SurvivesTheProcessThatWroteIt) {
  History history;
  history.BeginRun(7, true);
  const pid_t child = fork();
  if (child == 0) {
    history.Register(kDownload, Name(), client::NameKind::FromStable(std::string("download")), 1);
    history.tape().Append({kDownload, Name(), 3, 4, Label::kToy});
    history.Beat();
    RecordSome(history, 0, 10);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(history.steps(), 1u);
  ASSERT_EQ(history.tape().size(), 1u);
  EXPECT_EQ(history.tape()[0].index, 3u);
  EXPECT_EQ(history.Render(kDownload), "download#1");
  EXPECT_EQ(history.trace_size(), 10u);
}

}  // namespace
}  // namespace sim
