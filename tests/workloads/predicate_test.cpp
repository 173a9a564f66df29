// Predicates at points and over boxes, held against brute force; the rules that a wrong one breaks.
#include "workloads/predicate.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/workloads/cascade_text.h"
#include "workloads/workload.h"

namespace attnsim::workloads {
namespace {

const std::vector<std::string> kRanks = {"p", "m"};

BoundPredicate bound(const std::string& text, const std::map<std::string, std::int64_t>& values = {},
                     const std::map<std::string, Table>& tables = {}) {
  return {parse_predicate(text, {"x.yaml", 3, "where"}), kRanks, values, tables};
}

Cover cover(const std::string& text, Interval p, Interval m, const std::map<std::string, std::int64_t>& values = {}) {
  return bound(text, values).classify(std::vector<Interval>{p, m});
}

std::string printed(const std::string& text) { return to_string(parse_predicate(text, {}).condition); }

// Every point of the box, one by one.
std::pair<std::int64_t, std::int64_t> visited_and_left_out(const BoundPredicate& predicate, Interval p, Interval m) {
  std::pair<std::int64_t, std::int64_t> found = {0, 0};
  for (std::int64_t i = p.low; i <= p.high; ++i) {
    for (std::int64_t j = m.low; j <= m.high; ++j) {
      ++(predicate.holds(std::vector<std::int64_t>{i, j}) ? found.first : found.second);
    }
  }
  return found;
}

class RandomPredicate {
 public:
  explicit RandomPredicate(unsigned seed) : random_(seed) {}
  std::int64_t below(std::int64_t bound) { return static_cast<std::int64_t>(random_() % static_cast<unsigned>(bound)); }

  std::string condition(int depth) {
    const std::int64_t kind = depth == 0 ? 3 : below(6);
    if (kind == 0) return "not (" + condition(depth - 1) + ")";
    if (kind == 1) return "(" + condition(depth - 1) + " or " + condition(depth - 1) + ")";
    if (kind == 2) return "(" + condition(depth - 1) + " and " + condition(depth - 1) + ")";
    static const std::vector<std::string> comparisons = {" < ", " <= ", " > ", " >= ", " == ", " != "};
    return number(2) + comparisons[static_cast<std::size_t>(below(6))] + number(2);
  }

 private:
  std::string number(int depth) {
    switch (depth == 0 ? below(3) : below(10)) {
      case 0:
        return "p";
      case 1:
        return "m";
      case 2:
        return std::to_string(below(12));
      case 3:
        return "(" + number(depth - 1) + " + " + number(depth - 1) + ")";
      case 4:
        return "(" + number(depth - 1) + " - " + number(depth - 1) + ")";
      case 5:
        return "(" + number(depth - 1) + " * " + number(depth - 1) + ")";
      case 6:
        return "(" + number(depth - 1) + " div " + std::to_string(1 + below(7)) + ")";
      case 7:
        return "(" + number(depth - 1) + " mod " + std::to_string(1 + below(7)) + ")";
      case 8:
        return "doc[" + number(depth - 1) + "]";
      default:
        return (below(2) == 0 ? "max(" : "min(") + number(depth - 1) + ", abs(" + number(depth - 1) + "))";
    }
  }

  std::mt19937 random_;
};

TEST(Predicate, IsPrintedWithNoMoreParenthesesThanItNeeds) {
  EXPECT_EQ(printed("m<=p+offset and (p+offset-m<window or m<sinks)"),
            "m <= p + offset and (p + offset - m < window or m < sinks)");
  EXPECT_EQ(printed("not (a == b) and not c > 1"), "not a == b and not c > 1");
  EXPECT_EQ(printed("(p - (m - 1)) mod 4 == -(m div 2) * 3"), "(p - (m - 1)) mod 4 == -(m div 2) * 3");
  EXPECT_EQ(printed("doc[p + 1] == doc[m] or max(p, m) != abs(m)"), "doc[p + 1] == doc[m] or max(p, m) != abs(m)");
}

TEST(Predicate, ACausalTileIsEmptyAboveTheDiagonalAndFullBelow) {
  EXPECT_EQ(cover("m <= p", {0, 9}, {10, 19}), Cover::kEmpty);
  EXPECT_EQ(cover("m <= p", {0, 10}, {10, 19}), Cover::kPartial);
  EXPECT_EQ(cover("m <= p", {9, 18}, {0, 9}), Cover::kFull);
  EXPECT_EQ(cover("m <= p", {8, 18}, {0, 9}), Cover::kPartial);
}

TEST(Predicate, OffsetMakesOneMaskOfPrefillChunksAndDecode) {
  Workload workload;
  const Cascade causal = read_cascade("gqa_causal");
  const auto full_keys = [&](std::int64_t queries, std::int64_t keys) {
    workload.seq_len = queries;
    workload.kv_len = keys;
    const BoundPredicate mask(*causal.predicate, kRanks, predicate_values(causal, workload));
    return mask.count(std::vector<Interval>{{0, queries - 1}, {0, keys - 1}});
  };
  EXPECT_EQ(full_keys(100, 100), 100 * 101 / 2);
  EXPECT_EQ(full_keys(10, 100), 10 * 90 + 10 * 11 / 2);
  EXPECT_EQ(full_keys(1, 8192), 8192);
}

TEST(Predicate, AWindowTileIsClassifiedByBothItsBorders) {
  const std::string window = "m <= p and (p - m < 16 or m < 4)";
  EXPECT_EQ(cover(window, {64, 71}, {48, 55}), Cover::kPartial);  // 71 - 48 > 15
  EXPECT_EQ(cover(window, {64, 71}, {56, 63}), Cover::kFull);
  EXPECT_EQ(cover(window, {64, 71}, {32, 39}), Cover::kEmpty);
  EXPECT_EQ(cover(window, {64, 71}, {0, 3}), Cover::kFull);
  EXPECT_EQ(cover(window, {64, 71}, {4, 11}), Cover::kEmpty);
}

TEST(Predicate, AnInfiniteWindowIsNone) {
  const std::map<std::string, std::int64_t> values = {{"window", std::int64_t{1} << 61}};
  EXPECT_EQ(cover("p - m < window", {0, 1'000'000}, {0, 1'000'000}, values), Cover::kFull);
}

TEST(Predicate, ConditionsThatOnlyTogetherDecideAreSettledToo) {
  EXPECT_EQ(cover("m <= p and m > p", {0, 99}, {0, 99}), Cover::kEmpty);
  EXPECT_EQ(cover("m <= p or m > p", {0, 99}, {0, 99}), Cover::kFull);
}

TEST(Predicate, ALookupOutsideItsTableGivesMinusOne) {
  const BoundPredicate mask = bound("doc[m + 1] == -1", {}, {{"doc", {{3}, {7, 7, 8}}}});
  EXPECT_FALSE(mask.holds(std::vector<std::int64_t>{0, 1}));
  EXPECT_TRUE(mask.holds(std::vector<std::int64_t>{0, 2}));
  EXPECT_TRUE(mask.holds(std::vector<std::int64_t>{0, -2}));
  EXPECT_EQ(mask.classify(std::vector<Interval>{{0, 0}, {2, 900}}), Cover::kFull);
}

TEST(Predicate, RandomOnesClassifyAndCountAsBruteForceDoes) {
  RandomPredicate random(7);
  int partial = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string text = random.condition(3);
    SCOPED_TRACE(text);
    Table doc{{9}, {}};
    for (int j = 0; j < 9; ++j) doc.values.push_back(random.below(4));
    const BoundPredicate mask = bound(text, {}, {{"doc", doc}});
    const Interval p{random.below(12), 12 + random.below(8)};
    const Interval m{random.below(12), 12 + random.below(8)};
    const std::vector<Interval> box = {p, m};
    const auto [visited, left_out] = visited_and_left_out(mask, p, m);
    const Cover expected = visited == 0 ? Cover::kEmpty : left_out == 0 ? Cover::kFull : Cover::kPartial;
    ASSERT_EQ(mask.classify(box), expected) << text;
    ASSERT_EQ(mask.count(box), visited) << text;
    partial += expected == Cover::kPartial ? 1 : 0;
    EXPECT_EQ(to_string(parse_predicate(printed(text), {}).condition), printed(text));
  }
  EXPECT_GT(partial, 500);
}

TEST(Predicate, ADivisorMustBePositive) {
  try {
    bound("p div block == 0", {{"block", 0}});
    FAIL();
  } catch (const common::InputError& error) {
    EXPECT_STREQ(error.what(), "x.yaml:3: where: 'p div block' divides by block, which must be 1 or more (got 0)");
  }
}

TEST(Predicate, HoldsForEinsumsThatRunThroughAllItsRanks) {
  const Cascade cascade = read_cascade("gqa_causal");
  std::vector<std::string> masked;
  for (const Einsum& einsum : cascade.einsums) {
    if (cascade.predicate_of(einsum)) masked.push_back(einsum.name);
  }
  EXPECT_EQ(masked, (std::vector<std::string>{"BQK", "LM", "SLN", "SLD", "SLNV"}));
}

TEST(Predicate, AnEinsumsOwnJoinsTheCascades) {
  const std::string text = changed(small_cascade(), "K[m1,m0,e]", "K[m1,m0,e] where m > 2");
  const Cascade cascade = parse_cascade(changed(text, "iterate:", "where: m <= p\niterate:"), "x.yaml");
  EXPECT_EQ(to_string(cascade.predicate_of(*cascade.producer("S"))->condition), "m <= p and m > 2");
  EXPECT_EQ(to_string(cascade.predicate_of(*cascade.producer("L"))->condition), "m <= p");
}

std::string error_of_where(const std::string& condition) {
  return error_of_change("iterate:", "where: \"" + condition + "\"\niterate:");
}

TEST(PredicateRules, NamesAreKnown) {
  EXPECT_EQ(error_of_where("m <= q"),
            "x.yaml:10: where: unknown rank, parameter or quantity 'q'; known: batch, e, ffn, head_dim, heads, hidden, "
            "in_features, keys, kv_heads, m, offset, out_features, p, queries, tokens, value_dim");
  EXPECT_EQ(error_of_where("m1 <= p"),
            "x.yaml:10: where: 'm1' is a part of 'm', whose size is the mapping's choice; write 'm'");
  EXPECT_EQ(error_of_where("round(m) <= p"), "x.yaml:10: where: unknown function 'round'; known: abs, max, min");
  EXPECT_EQ(error_of_where("doc[m] == 1"),
            "x.yaml:10: where: 'doc' must be made by an Einsum or declared under 'metadata', such as "
            "[\"doc[m]\"]");
}

TEST(PredicateRules, NumbersAndConditionsAreToldApart) {
  EXPECT_EQ(error_of_where("m + 1"), "x.yaml:10: where: 'm + 1' is a number; compare it, as in m <= p");
  EXPECT_EQ(error_of_where("m and m < p"),
            "x.yaml:10: where: 'm' is a number, but 'and' joins conditions; compare it, as in m <= p");
  EXPECT_EQ(error_of_where("(m < p) + 1 < p"), "x.yaml:10: where: 'm < p' is a condition, but 'add' takes numbers");
  EXPECT_EQ(error_of_where("max(m) < p"), "x.yaml:10: where: 'max' takes 2 arguments (got 1)");
}

TEST(PredicateRules, DivisorsAndParametersAreFixedWholeNumbers) {
  EXPECT_EQ(error_of_where("m div p == 0"),
            "x.yaml:10: where: 'p' divides and changes from point to point; divide by a number or a parameter");
  EXPECT_EQ(error_of_where("m < half\"\nparameters: {half: 0.5}\nnotes: \""),
            "x.yaml:10: where: 'half' must be a whole number in a predicate (got 0.5)");
}

TEST(PredicateRules, SomeEinsumRunsThroughItsRanks) {
  EXPECT_EQ(error_of_change("K[m1,m0,e]", "K[m1,m0,e] where m <= p and e < 3"), "");
  EXPECT_EQ(error_of_change("max(m0) S[m0,p]", "max(m0) S[m0,p] where e < 3"),
            "x.yaml:15: each[1]: 'e' is not a rank that this Einsum runs through; it has p, m");
}

TEST(PredicateRules, MetadataIsLookedUpWithItsRanks) {
  const auto with = [](const std::string& where) {
    return error_of_change("iterate:", "metadata: [\"doc[m]\"]\nwhere: " + where + "\niterate:");
  };
  EXPECT_EQ(with("doc[p + offset] == doc[m]"), "");
  EXPECT_EQ(with("m <= p"), "x.yaml:10: metadata[0]: no predicate looks up 'doc'; use it or drop it");
  EXPECT_EQ(with("doc[p,m] == 1"), "x.yaml:11: where: doc[p,m] has the wrong number of indices; doc[m] has 1");
  EXPECT_EQ(error_of_change("iterate:", "metadata: [\"doc[m0]\"]\nwhere: doc[m] == 1\niterate:"),
            "x.yaml:10: metadata[0]: unknown rank 'm0'; did you mean 'm'?; known: e, m, p");
}

TEST(PredicateRules, SyntaxErrorsNameTheColumn) {
  EXPECT_EQ(error_of_where("m <= p and"), "x.yaml:10: where: expected a condition at column 11 (got \"m <= p and\")");
  EXPECT_EQ(error_of_where("m < p < 3"),
            "x.yaml:10: where: expected an operator or the end at column 7 (got \"m < p < 3\")");
  EXPECT_EQ(error_of_where("m < 1.5"),
            "x.yaml:10: where: expected an operator or the end at column 6 (got \"m < 1.5\")");
}

// Neighbourhoods on grids of all shapes: rows, dilations, causal axes, keys beyond the grid.
TEST(PredicateCount, NeighbourhoodsAreCountedAsBruteForceDoes) {
  const Cascade cascade = read_cascade("natten_fna");
  std::mt19937 random(3);
  const auto from = [&](std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(random() % static_cast<unsigned>(most - least + 1));
  };
  for (int i = 0; i < 300; ++i) {
    std::map<std::string, std::int64_t> values = {
        {"height", from(1, 6)},     {"kernel_x", from(1, 5)}, {"kernel_y", from(1, 4)}, {"dilation_x", from(1, 3)},
        {"dilation_y", from(1, 3)}, {"causal_x", from(0, 1)}, {"causal_y", from(0, 1)}};
    const std::int64_t keys = values["height"] * from(1, 9) + from(0, 3);
    const std::int64_t queries = from(1, keys + 3);
    values["keys"] = keys;
    values["offset"] = keys - queries;
    const BoundPredicate mask(*cascade.predicate, kRanks, values);
    const std::vector<Interval> box = {{0, queries - 1}, {0, keys - 1}};
    ASSERT_EQ(mask.count(box), visited_and_left_out(mask, box[0], box[1]).first) << "case " << i;
  }
}

TEST(PredicateCount, AMillionTokensAreCountedInClosedForm) {
  const std::int64_t n = 1 << 20;
  const auto count = [&](const std::string& text, const std::map<std::string, std::int64_t>& values = {}) {
    return bound(text, values).count(std::vector<Interval>{{0, n - 1}, {0, n - 1}});
  };
  EXPECT_EQ(count("m <= p"), n * (n + 1) / 2);
  EXPECT_EQ(count("m <= p and p - m < 4096"), n * 4096 - 4096 * 4095 / 2);
  EXPECT_EQ(count("m <= p and (p - m < 4096 or m < 128)"),
            n * 4096 - 4096 * 4095 / 2 + (n - 4096) * 128 - 127 * 128 / 2);
  EXPECT_EQ(count("p div 64 == m div 64"), n * 64);
  EXPECT_EQ(count("(p - m) mod 2 == 0 and m < 4096"), n * 2048);
  EXPECT_EQ(count("not m mod 4 == 1 and p < 1000"), 1000 * (n / 4 * 3));
  // A window that each head has of its own, of no affine size: only heads are told apart.
  const BoundPredicate spans(parse_predicate("m <= p and p - m < (7 * n * (h + 1) div 1200 + 63) div 64 * 64", {}),
                             {"h", "p", "m"}, {{"n", n}});
  std::int64_t points = 0;
  for (std::int64_t h = 0; h < 12; ++h) {
    const std::int64_t window = (7 * n * (h + 1) / 1200 + 63) / 64 * 64;
    points += n * window - window * (window - 1) / 2;
  }
  EXPECT_EQ(spans.count(std::vector<Interval>{{0, 11}, {0, n - 1}, {0, n - 1}}), points);
  const std::map<std::string, std::int64_t> grid = {{"keys", 1 << 14}, {"offset", 0},    {"height", 128},
                                                    {"kernel_x", 13},  {"kernel_y", 13}, {"dilation_x", 1},
                                                    {"dilation_y", 1}, {"causal_x", 0},  {"causal_y", 0}};
  const BoundPredicate natten(*read_cascade("natten_fna").predicate, kRanks, grid);
  EXPECT_EQ(natten.count(std::vector<Interval>{{0, (1 << 14) - 1}, {0, (1 << 14) - 1}}), (1 << 14) * 13 * 13);
}

}  // namespace
}  // namespace attnsim::workloads
