// Judging, printing and serialising of validation rows.
#include "validation/table.h"

#include <gtest/gtest.h>

namespace attnsim::validation {
namespace {

TEST(Row, IsJudgedTightlyAtItsTolerance) {
  EXPECT_TRUE(relative_row("x", "s", 1.25, 1, 0.25).passed);
  EXPECT_TRUE(relative_row("x", "s", 0.75, 1, 0.25).passed);
  EXPECT_FALSE(relative_row("x", "s", 1.2500001, 1, 0.25).passed);
  EXPECT_FALSE(relative_row("x", "s", 0.7499999, 1, 0.25).passed);
  EXPECT_TRUE(absolute_row("x", 0.75, 0.5, 0.25).passed);
  EXPECT_FALSE(absolute_row("x", 0.7500001, 0.5, 0.25).passed);
}

TEST(Row, WithoutAToleranceIsReportedAndNeverFails) {
  EXPECT_TRUE(relative_row("x", "s", 9, 1, std::nullopt).passed);
  EXPECT_NE(to_text({"t", {relative_row("x", "s", 9, 1, std::nullopt)}, {}}).find("reported"), std::string::npos);
}

TEST(Row, OfACaseThatCouldNotRunFails) {
  EXPECT_FALSE(failed_row("x").passed);
  EXPECT_EQ(to_json({"t", {failed_row("x")}, {}})["rows"][0]["ours"].dump(), "null");
}

TEST(Table, PassesOnlyIfEveryRowDoes) {
  Table table{"t", {relative_row("good", "s", 1, 1, 0.0)}, {}};
  EXPECT_TRUE(table.passed());
  table.append({"u", {relative_row("bad", "s", 2, 1, 0.0)}, {"a note"}});
  EXPECT_FALSE(table.passed());
  EXPECT_EQ(table.notes.size(), 1U);
}

TEST(Table, JsonHasAnObjectARow) {
  const Table table{"t", {relative_row("good", "s", 3, 2, 0.5), relative_row("other", "x", 1, 1, std::nullopt)}, {}};
  EXPECT_EQ(to_json(table).dump(),
            R"({"name":"t","passed":true,"rows":[)"
            R"({"case":"good","unit":"s","ours":3.0,"reference":2.0,"deviation":0.5,"tolerance":0.5,"passed":true},)"
            R"({"case":"other","unit":"x","ours":1.0,"reference":1.0,"deviation":0.0,"tolerance":null,"passed":true}],)"
            R"("notes":[]})");
}

}  // namespace
}  // namespace attnsim::validation
