// The texts of errors.
#include "common/error.h"

#include <gtest/gtest.h>

#include <string>

namespace attnsim::common {
namespace {

TEST(InputErrorText, LocationPathAndMessageAreJoined) {
  EXPECT_STREQ(InputError({"a.yaml", 4, "b.c"}, "is wrong").what(), "a.yaml:4: b.c: is wrong");
}

TEST(InputErrorText, UnknownPartsAreLeftOut) {
  EXPECT_STREQ(InputError({"a.yaml", 0, "b"}, "is wrong").what(), "a.yaml: b: is wrong");
  EXPECT_STREQ(InputError({"a.yaml", 4, ""}, "is wrong").what(), "a.yaml:4: is wrong");
  EXPECT_STREQ(InputError({"", 0, "b"}, "is wrong").what(), "b: is wrong");
  EXPECT_STREQ(InputError({}, "is wrong").what(), "is wrong");
}

TEST(InputErrorText, AMessageStaysOnOneLine) {
  EXPECT_STREQ(InputError({"a\nb", 1, ""}, "x\ty\x01").what(), "a\\nb:1: x\\ty\\x01");
}

TEST(ErrorCodes, EachKindOfFailureHasItsExitCode) {
  EXPECT_EQ(InputError({}, "x").code(), ExitCode::kBadInput);
  EXPECT_EQ(UsageError("x").code(), ExitCode::kUsage);
  EXPECT_EQ(SimulationError("x").code(), ExitCode::kSimulationFailed);
}

TEST(UnknownName, KnownNamesAreSortedAndListedOnce) {
  EXPECT_EQ(unknown_name("key", "zebra", {"b", "a", "b"}), "unknown key 'zebra'; known: a, b");
}

TEST(UnknownName, ACloseNameIsSuggestedFirst) {
  EXPECT_EQ(unknown_name("key", "rowz", {"columns", "rows"}),
            "unknown key 'rowz'; did you mean 'rows'?; known: columns, rows");
}

TEST(UnknownName, TheClosestOfSeveralIsSuggested) {
  EXPECT_EQ(unknown_name("model", "bert-bas", {"bert-base", "bert-large", "bart-base"}),
            "unknown model 'bert-bas'; did you mean 'bert-base'?; known: bart-base, bert-base, bert-large");
}

TEST(UnknownName, ANameThatSharesNoLetterIsNotSuggested) {
  EXPECT_EQ(unknown_name("key", "x", {"y"}), "unknown key 'x'; known: y");
  EXPECT_EQ(unknown_name("key", "", {"y"}), "unknown key ''; known: y");
}

TEST(UnknownName, WithoutKnownNamesOnlyTheUnknownOneIsTold) {
  EXPECT_EQ(unknown_name("key", "x", {}), "unknown key 'x'");
}

TEST(UnknownName, AnEndlessNameIsCut) {
  EXPECT_EQ(unknown_name("key", std::string(100000, 'a'), {"b"}),
            "unknown key '" + std::string(80, 'a') + "...'; known: b");
}

}  // namespace
}  // namespace attnsim::common
