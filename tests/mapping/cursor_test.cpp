// The odometer, its guards, and the count of its points.
#include "mapping/cursor.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace attnsim::mapping {
namespace {

using Kind = Condition::Kind;
using Points = std::vector<std::vector<std::int64_t>>;

Points walk(const std::vector<Loop>& loops) {
  Points points;
  for (Cursor cursor(loops); !cursor.done(); cursor.advance()) points.push_back(cursor.index());
  return points;
}

TEST(Cursor, TheInnermostLoopTurnsFastest) {
  EXPECT_EQ(walk({{"a", 2}, {"b", 3}}), (Points{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}}));
}

TEST(Cursor, ANestWithoutLoopsHasOnePoint) { EXPECT_EQ(walk({}), (Points{{}})); }

TEST(Cursor, AnEmptyLoopLeavesNoPointWhereverItStands) {
  EXPECT_EQ(walk({{"a", 0}, {"b", 3}}), Points{});
  EXPECT_EQ(walk({{"a", 3}, {"b", 0}}), Points{});
  EXPECT_EQ(walk({{"a", 3}, {"b", 0}, {"c", 2}}), Points{});
}

TEST(Cursor, ARaggedLoopHasTheTripsOfItsTableAndSkipsEmptyRows) {
  EXPECT_EQ(walk({{"a", 4}, {"b", 2, {0}, {Row{}, Row{{2}}, Row{}, Row{{1}}}}}), (Points{{1, 0}, {1, 1}, {3, 0}}));
  EXPECT_EQ(walk({{"a", 3}, {"b", 1, {0}, {Row{{1}}, Row{}, Row{}}}}), (Points{{0, 0}}));
}

TEST(Cursor, ATableMayBelongToALoopFurtherOut) {
  EXPECT_EQ(walk({{"a", 2}, {"b", 2}, {"c", 2, {0}, {Row{{1}}, Row{{2}}}}}),
            (Points{{0, 0, 0}, {0, 1, 0}, {1, 0, 0}, {1, 0, 1}, {1, 1, 0}, {1, 1, 1}}));
}

TEST(Cursor, GuardsLookAtThePresentTripCount) {
  const std::vector<Loop> loops{{"a", 2}, {"b", 3, {0}, {Row{{1}}, Row{{3}}}}};
  Cursor cursor(loops);
  EXPECT_TRUE(cursor.holds({}));
  EXPECT_TRUE(cursor.holds({{1, Kind::kFirst}, {1, Kind::kLast}, {0, Kind::kFirst}, {0, Kind::kNotLast}}));
  EXPECT_FALSE(cursor.holds({{1, Kind::kFirst}, {1, Kind::kNotLast}}));
  EXPECT_EQ(cursor.extent(1), 1);
  cursor.advance();
  EXPECT_EQ(cursor.extent(1), 3);
  EXPECT_TRUE(cursor.holds({{1, Kind::kFirst}, {1, Kind::kNotLast}, {0, Kind::kNotFirst}, {0, Kind::kLast}}));
  cursor.advance();
  EXPECT_TRUE(cursor.holds({{1, Kind::kEquals, 1}, {1, Kind::kNotFirst}}));
  EXPECT_FALSE(cursor.holds({{1, Kind::kEquals, 2}}));
  EXPECT_FALSE(cursor.holds({{1, Kind::kFirst}}));
  EXPECT_FALSE(cursor.holds({{1, Kind::kLast}}));
}

TEST(Cursor, ARowVisitsRunsOfTilesWithTheirMarks) {
  const std::vector<Loop> loops{{"a", 2}, {"b", 4, {0}, {Row{{1, 0, 2}, {3, 5, 1}}, Row{{2, 7}}}}};
  std::vector<std::vector<std::int64_t>> tiles;
  std::string marked;
  for (Cursor cursor(loops); !cursor.done(); cursor.advance()) {
    tiles.push_back(cursor.tiles());
    marked += cursor.holds({{1, Kind::kMarked, 3}}) ? '1' : '0';
    EXPECT_NE(cursor.holds({{1, Kind::kMarked, 1}}), cursor.holds({{1, Kind::kNotMarked, 1}}));
    EXPECT_FALSE(cursor.holds({{0, Kind::kMarked, 3}}));
  }
  EXPECT_EQ(tiles, (Points{{0, 0}, {0, 5}, {0, 6}, {0, 7}, {1, 7}, {1, 8}}));
  EXPECT_EQ(marked, "111100");
}

TEST(Cursor, TwoLoopsMayPickARow) {
  const std::vector<Loop> loops{{"a", 2}, {"b", 2}, {"c", 2, {0, 1}, {Row{}, Row{{1, 3}}, Row{{2}}, Row{}}}};
  EXPECT_EQ(walk(loops), (Points{{0, 1, 0}, {1, 0, 0}, {1, 0, 1}}));
  EXPECT_EQ(count_points(loops), 3);
}

TEST(Cursor, AShiftMovesOneLoop) {
  const std::vector<Loop> loops{{"a", 10}, {"b", 2}};
  Cursor cursor(loops);
  cursor.advance();
  cursor.shift(0, 8);
  EXPECT_EQ(cursor.index(), (std::vector<std::int64_t>{8, 1}));
  cursor.advance();
  EXPECT_EQ(cursor.index(), (std::vector<std::int64_t>{9, 0}));
}

TEST(CountPoints, EqualsTheNumberOfPointsWalked) {
  const std::vector<std::vector<Loop>> nests{
      {},
      {{"a", 0}},
      {{"a", 3}, {"b", 4}, {"c", 5}},
      {{"a", 4}, {"b", 2, {0}, {Row{}, Row{{2}}, Row{}, Row{{1}}}}},
      {{"a", 3}, {"b", 3, {0}, {Row{{1}}, Row{{2}}, Row{{3}}}}, {"c", 2}, {"d", 4, {1}, {Row{{4}}, Row{}, Row{{2}}}}},
      {{"a", 2}, {"b", 3}, {"c", 5, {1}, {Row{{5}}, Row{}, Row{{1}}}}, {"d", 7, {0}, {Row{{7}}, Row{{3}}}}},
  };
  for (const std::vector<Loop>& loops : nests)
    EXPECT_EQ(count_points(loops), static_cast<std::int64_t>(walk(loops).size())) << loops.size() << " loops";
}

TEST(CountPoints, SaysWhenThePointsOverflow) {
  constexpr std::int64_t kHuge = std::int64_t{1} << 32;
  EXPECT_EQ(count_points({{"a", kHuge}, {"b", kHuge / 4}}), kHuge * (kHuge / 4));
  EXPECT_THROW(count_points({{"a", kHuge}, {"b", kHuge}}), std::overflow_error);
  EXPECT_THROW(
      count_points({{"a", 4}, {"b", 2, {0}, {Row{{2}}, Row{{2}}, Row{{2}}, Row{{2}}}}, {"c", kHuge}, {"d", kHuge / 4}}),
      std::overflow_error);
  EXPECT_EQ(count_points({{"a", kHuge}, {"b", kHuge}, {"c", 0}}), 0);
}

}  // namespace
}  // namespace attnsim::mapping
