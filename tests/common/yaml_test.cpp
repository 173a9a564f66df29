// Checked reading: values, their errors, keys nobody read, overrides.
#include "common/yaml.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>

namespace attnsim::common {
namespace {

Yaml parse(const std::string& text, const std::vector<Override>& overrides = {}) {
  return Yaml::parse(text, "f.yaml", overrides);
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

std::string syntax_error(const std::string& text) {
  return error_of([&] { parse(text); });
}

Override set(const std::string& path, const std::string& value) {
  return {path, value, "--set arch." + path + "=" + value};
}

TEST(Yaml, ValuesAreReadWithTheirTypes) {
  const Yaml root = parse("a: word\nb: true\nc: 1.5\nd: 64K\ne: [x, y]\nf: -.inf\ng: 16MiB\nh: \"12\"\n");
  EXPECT_EQ(root.at("a").text(), "word");
  EXPECT_TRUE(root.at("b").boolean());
  EXPECT_EQ(root.at("c").number(), 1.5);
  EXPECT_EQ(root.at("d").integer(0, 65536), 65536);
  EXPECT_EQ(root.at("d").text(), "64K");
  EXPECT_EQ(root.at("d").number(), 65536);
  EXPECT_EQ(root.at("e").texts(), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(root.at("f").number(), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(root.at("g").integer(0, 1 << 30), 16 << 20);
  EXPECT_EQ(root.at("h").integer(12, 12), 12);
  EXPECT_EQ(root.keys(), (std::vector<std::string>{"a", "b", "c", "d", "e", "f", "g", "h"}));
}

TEST(Yaml, KindsAreTold) {
  const Yaml root = parse("a: {}\nb: []\nc: x\nd:\n");
  EXPECT_TRUE(root.at("a").is_map());
  EXPECT_TRUE(root.at("b").is_list());
  EXPECT_TRUE(root.at("c").is_scalar());
  EXPECT_TRUE(root.at("d").is_null());
  EXPECT_FALSE(root.at("d").is_scalar());
  EXPECT_EQ(root.size(), 4u);
  EXPECT_EQ(root.at("b").size(), 0u);
}

TEST(Yaml, JsonIsRead) {
  const Yaml root = parse("{\n\t\"a\": 1,\n\t\"b\":[true,null],\"c\":{\"d\":\"x\\u00e9\\/\"}\n}\n");
  EXPECT_EQ(root.at("a").integer(1, 1), 1);
  EXPECT_TRUE(root.at("b").items()[0].boolean());
  EXPECT_TRUE(root.at("b").items()[1].is_null());
  EXPECT_EQ(root.at("c").at("d").text(), "x\u00e9/");
}

TEST(Yaml, LocationsAreLinesAndPaths) {
  const Yaml root = parse("# comment\na:\n  b:\n    - x\n    - c: 1\n");
  EXPECT_EQ(root.at("a").where().line, 2);
  EXPECT_EQ(root.at("a").at("b").where().line, 3);
  const Yaml item = root.at("a").at("b").items()[1].at("c");
  EXPECT_EQ(item.where().file, "f.yaml");
  EXPECT_EQ(item.where().line, 5);
  EXPECT_EQ(item.where().path, "a.b[1].c");
}

TEST(Yaml, AnIntegerOutOfRangeIsToldWithTheRange) {
  const Yaml root = parse("a:\n  b: -3\n");
  const auto read = [&](std::int64_t low, std::int64_t high) {
    return error_of([&] { root.at("a").at("b").integer(low, high); });
  };
  EXPECT_EQ(read(1, 65536), "f.yaml:2: a.b: must be a whole number from 1 to 65536 (got -3)");
  EXPECT_EQ(read(-2, 0), "f.yaml:2: a.b: must be a whole number from -2 to 0 (got -3)");
  EXPECT_EQ(read(-9, -4), "f.yaml:2: a.b: must be a whole number from -9 to -4 (got -3)");
  EXPECT_EQ(read(-3, -3), "no error");
}

TEST(Yaml, AWrongTypeIsToldWithTheValue) {
  const Yaml root = parse("a: x\nb: [1]\nc: {d: 1}\ne:\nf: \"\"\n");
  EXPECT_EQ(error_of([&] { root.at("a").integer(0, 1); }), "f.yaml:1: a: must be a whole number from 0 to 1 (got x)");
  EXPECT_EQ(error_of([&] { root.at("a").boolean(); }), "f.yaml:1: a: must be true or false (got x)");
  EXPECT_EQ(error_of([&] { root.at("a").number(); }), "f.yaml:1: a: must be a number (got x)");
  EXPECT_EQ(error_of([&] { root.at("a").items(); }), "f.yaml:1: a: must be a list (got x)");
  EXPECT_EQ(error_of([&] { root.at("a").at("z"); }), "f.yaml:1: a: must be a map of keys (got x)");
  EXPECT_EQ(error_of([&] { root.at("a").has("z"); }), "f.yaml:1: a: must be a map of keys (got x)");
  EXPECT_EQ(error_of([&] { root.at("b").text(); }), "f.yaml:2: b: must be text (got a list)");
  EXPECT_EQ(error_of([&] { root.at("c").texts(); }), "f.yaml:3: c: must be a list (got a map)");
  EXPECT_EQ(error_of([&] { root.at("e").number(); }), "f.yaml:4: e: must be a number (got nothing)");
  EXPECT_EQ(error_of([&] { root.at("f").number(); }), "f.yaml:5: f: must be a number (got \"\")");
}

TEST(Yaml, ANumberIsFiniteOrInfinityButNeverNan) {
  for (const char* text : {"nan", ".nan", "1e999", "infinity", "0x1p3", "1e", "1.2.3"}) {
    EXPECT_EQ(error_of([&] { parse(std::string("a: ") + text).at("a").number(); }),
              std::string("f.yaml:1: a: must be a number (got ") + text + ")");
  }
  for (const char* text : {".inf", "inf", "+inf"}) {
    EXPECT_EQ(parse(std::string("a: ") + text).at("a").number(), std::numeric_limits<double>::infinity());
  }
}

TEST(Yaml, ALongValueIsCutInMessages) {
  EXPECT_EQ(error_of([] { parse("a: " + std::string(5000, 'x')).at("a").boolean(); }),
            "f.yaml:1: a: must be true or false (got " + std::string(60, 'x') + "...)");
}

TEST(Yaml, AMissingKeyIsToldWhereItsMapIs) {
  const Yaml root = parse("\na: 1\nb:\n\n  c: 1\n");
  EXPECT_EQ(error_of([&] { root.at("z"); }), "f.yaml:2: missing key 'z'");
  EXPECT_EQ(error_of([&] { root.at("b").at("z"); }), "f.yaml:3: b: missing key 'z'");
}

TEST(Yaml, OneOfAnswersWithTheKnownNames) {
  const Yaml root = parse("a: systolik\n");
  EXPECT_EQ(error_of([&] {
              root.at("a").one_of({"systolic", "bus"});
            }),
            "f.yaml:1: a: unknown name 'systolik'; did you mean 'systolic'?; known: bus, systolic");
  EXPECT_EQ(root.at("a").one_of({"systolik"}), "systolik");
}

TEST(Yaml, AnAbsentKeyHasItsDefaultAndAWrongOneHasNot) {
  const Yaml root = parse("a: 5\n");
  EXPECT_EQ(root.integer_or("z", 7, 0, 1), 7);
  EXPECT_EQ(root.text_or("z", "t"), "t");
  EXPECT_EQ(root.number_or("z", 0.5), 0.5);
  EXPECT_TRUE(root.boolean_or("z", true));
  EXPECT_EQ(root.integer_or("a", 7, 0, 9), 5);
  EXPECT_EQ(error_of([&] { root.integer_or("a", 1, 0, 4); }),
            "f.yaml:1: a: must be a whole number from 0 to 4 (got 5)");
}

TEST(UnreadKeys, AreErrorsWithTheKnownOnes) {
  const Yaml root = parse("a:\n  rows: 1\n  rowz: 2\n");
  const Yaml a = root.at("a");
  a.at("rows");
  a.integer_or("columns", 1, 0, 1);
  EXPECT_EQ(error_of([&] { root.check_all_read(); }),
            "f.yaml:3: a: unknown key 'rowz'; did you mean 'rows'?; known: columns, rows");
}

TEST(UnreadKeys, AreFoundAtTheRootAndInListsToo) {
  EXPECT_EQ(error_of([] { parse("a: 1\n").check_all_read(); }), "f.yaml:1: unknown key 'a'");
  const Yaml root = parse("a:\n  - b: 1\n    c: 2\n");
  root.at("a").items()[0].at("b");
  EXPECT_EQ(error_of([&] { root.check_all_read(); }), "f.yaml:3: a[0]: unknown key 'c'; known: b");
}

TEST(UnreadKeys, AKeyThatWasAskedForAndNotReadHasNoMeaning) {
  const Yaml root = parse("a: 1\n");
  EXPECT_TRUE(root.has("a"));
  EXPECT_EQ(error_of([&] { root.check_all_read(); }), "f.yaml:1: key 'a' has no meaning here; leave it out");
}

TEST(UnreadKeys, AMarkedNodeIsReadWithAllBelow) {
  const Yaml root = parse("a: {b: [{c: 1}], d: {e: 2}}\n");
  EXPECT_NE(error_of([&] { root.check_all_read(); }), "no error");
  root.mark_read();
  EXPECT_EQ(error_of([&] { root.check_all_read(); }), "no error");
}

TEST(UnreadKeys, AreEachReadersOwnThoughTheTextIsTheSame) {
  const auto first = parse("a: 1\n");
  first.mark_read();
  EXPECT_EQ(error_of([&] { first.check_all_read(); }), "no error");
  EXPECT_EQ(error_of([] { parse("a: 1\n").check_all_read(); }), "f.yaml:1: unknown key 'a'");
  EXPECT_EQ(parse("a: 1\n", {set("a", "2")}).at("a").integer(0, 9), 2);
  EXPECT_EQ(parse("a: 1\n").at("a").integer(0, 9), 1);
}

TEST(Overrides, ReplaceAndCreateInOrder) {
  const Yaml root = parse("a: {b: 1, c: 2}\nl: [1, 2]\n",
                          {set("a.b", "3"), set("a.b", "4"), set("x.y.z", "[5]"), set("l", "{m: 6}")});
  EXPECT_EQ(root.at("a").at("b").text(), "4");
  EXPECT_EQ(root.at("a").at("c").text(), "2");
  EXPECT_EQ(root.at("x").at("y").at("z").items()[0].text(), "5");
  EXPECT_EQ(root.at("l").at("m").text(), "6");
}

TEST(Overrides, AreTheSourceOfTheirErrors) {
  EXPECT_EQ(error_of([] { parse("a: {b: 1}", {set("a.b", "x")}).at("a").at("b").integer(0, 1); }),
            "--set arch.a.b=x: a.b: must be a whole number from 0 to 1 (got x)");
  EXPECT_EQ(error_of([] {
              const Yaml root = parse("a: {b: 1}", {set("a.rowz", "3")});
              root.at("a").integer_or("rows", 1, 0, 1);
              root.at("a").at("b");
              root.check_all_read();
            }),
            "--set arch.a.rowz=3: unknown key 'rowz'; did you mean 'rows'?; known: b, rows");
  EXPECT_EQ(error_of([] { parse("a: 1", {set("x.y", "3")}).check_all_read(); }), "f.yaml:1: unknown key 'a'");
  EXPECT_EQ(error_of([] {
              const Yaml root = parse("a: 1", {set("x.y", "3")});
              root.at("a");
              root.check_all_read();
            }),
            "--set arch.x.y=3: unknown key 'x'; known: a");
  EXPECT_EQ(error_of([] {
              const Yaml root = parse("a: 1", {set("a", "{b: 1}")});
              root.at("a").has("c");
              root.check_all_read();
            }),
            "--set arch.a={b: 1}: a: unknown key 'b'; known: c");
}

TEST(Overrides, ThroughSomethingThatIsNoMapAreErrors) {
  EXPECT_EQ(error_of([] { parse("a: 1", {set("a.b", "2")}); }),
            "--set arch.a.b=2: a: must be a map of keys for 'b' to be set in it (got 1)");
  EXPECT_EQ(error_of([] { parse("a: {b: [1]}", {set("a.b.c", "2")}); }),
            "--set arch.a.b.c=2: a.b: must be a map of keys for 'c' to be set in it (got a list)");
}

TEST(Overrides, WithABrokenPathOrValueAreErrors) {
  EXPECT_EQ(error_of([] { parse("a: 1", {set("", "2")}); }), "--set arch.=2: '' is no path; write keys joined by dots");
  EXPECT_EQ(error_of([] { parse("a: 1", {set("a..b", "2")}); }),
            "--set arch.a..b=2: 'a..b' is no path; write keys joined by dots");
  EXPECT_EQ(error_of([] { parse("a: 1", {set("a", "[1")}); }), "--set arch.a=[1: end of sequence flow not found");
  EXPECT_EQ(error_of([] { parse("a: 1", {set("a", "")}).at("a").text(); }),
            "--set arch.a=: a: must be text (got nothing)");
}

TEST(YamlSyntax, ErrorsAreOneLineWithFileAndLine) {
  EXPECT_EQ(syntax_error("a: 1\nb: [1, 2\n"), "f.yaml:2: end of sequence flow not found");
  EXPECT_EQ(syntax_error("a: 1\n b: 2\n"), "f.yaml:2: illegal map value");
}

TEST(YamlSyntax, AQuoteThatIsNeverClosedIsAnError) {
  EXPECT_EQ(syntax_error("a: \"x\n"), "f.yaml:1: illegal EOF in scalar");
  EXPECT_EQ(syntax_error("a: 1\nb: 'x"), "f.yaml:2: illegal EOF in scalar");
  EXPECT_EQ(parse("a: 'x'").at("a").text(), "x");
  EXPECT_EQ(parse("a: |\n  x\n  y\n").at("a").text(), "x\ny\n");
}

TEST(YamlSyntax, DuplicateKeysAreErrors) {
  EXPECT_EQ(syntax_error("a: 1\nb: {c: 1, c: 2}\n"), "f.yaml:2: duplicate key 'c'");
  EXPECT_EQ(syntax_error("a: 1\nb: 2\na: 3\n"), "f.yaml:3: duplicate key 'a'");
}

TEST(YamlSyntax, AnchorsKeysThatAreNoWordsAndSecondDocumentsAreErrors) {
  const std::string anchors =
      "anchors and aliases (&x, *x) are not supported; write the value out, or quote it if it is text";
  EXPECT_EQ(syntax_error("a: &x [1]\n"), "f.yaml:1: " + anchors);
  EXPECT_EQ(syntax_error("a: &x [*x]\n"), "f.yaml:1: " + anchors);
  EXPECT_EQ(syntax_error("? [a]\n: 1\n"), "f.yaml:1: a key must be a word");
  EXPECT_EQ(syntax_error("~: 1\n"), "f.yaml:1: a key must be a word");
  EXPECT_EQ(syntax_error("a: 1\n---\nb: 1\n"), "f.yaml:2: a second document starts here; a file holds one");
}

TEST(YamlSyntax, EndlessNestingIsAnErrorAndNoCrash) {
  EXPECT_NE(syntax_error(std::string(100000, '[')), "no error");
  EXPECT_NE(syntax_error(std::string(100000, '{')), "no error");
}

TEST(YamlDump, KeepsOrderStyleAndQuotes) {
  const std::string text = "b: 1\na:\n  - x\n  - [1, \"2\"]\nc: {d: ~, e: \"true\"}\n";
  EXPECT_EQ(parse(text).dump(), text);
}

TEST(YamlDump, IsReadBackAsTheSameDocument) {
  const std::string once = parse("a: 'x: y'\n\"k: 1\": [\"#\", ' ', \"a\\nb\"]\nn: null\nm: {}\nl: []\n").dump();
  EXPECT_EQ(parse(once).dump(), once);
  EXPECT_EQ(parse(once).at("k: 1").texts(), (std::vector<std::string>{"#", " ", "a\nb"}));
  EXPECT_TRUE(parse(once).at("n").is_null());
}

}  // namespace
}  // namespace attnsim::common
