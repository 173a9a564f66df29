// Inheritance between files.
#include "common/yaml_value.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "common/registry.h"
#include "common/yaml.h"

namespace attnsim::common {
namespace {

namespace fs = std::filesystem;

class Inheritance : public testing::Test {
 protected:
  // A folder for each test, as tests run at the same time.
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / "attnsim_inheritance" /
              testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "presets");
  }
  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  std::string shown(const std::string& name) const { return shown_file(folder_ / name); }
  std::string error_of(const std::string& name) const {
    try {
      Yaml::load(folder_ / name, {}, folder_ / "presets");
    } catch (const InputError& error) {
      return error.what();
    }
    return "no error";
  }

  fs::path folder_;
};

TEST_F(Inheritance, MapsMergeKeyByKeyAndTheRestIsReplaced) {
  write("a.yaml", "x: {p: 1, q: {r: 2, s: 3}}\nl: [1, 2]\nn: 4\n");
  const Yaml root = Yaml::load(write("b.yaml", "base: a\nl: [3]\nx:\n  q: {r: 5}\n  t: 6\nm: 7\n"));
  EXPECT_EQ(root.dump(), "x: {p: 1, q: {r: 5, s: 3}, t: 6}\nl: [3]\nn: 4\nm: 7\n");
}

TEST_F(Inheritance, RunsOverSeveralFilesAndTheLastWordWins) {
  write("a.yaml", "x: 1\ny: 1\nz: 1\n");
  write("b.yaml", "base: a\ny: 2\nz: 2\n");
  EXPECT_EQ(Yaml::load(write("c.yaml", "base: b\nz: 3\n"), {{"x", "9", "--set x"}}).dump(), "x: 9\ny: 2\nz: 3\n");
}

TEST_F(Inheritance, ABaseIsFoundInItsFolderFirstThenInThePresetsThenByPath) {
  write("presets/a.yaml", "x: 1\n");
  EXPECT_EQ(Yaml::load(write("b.yaml", "base: a\n"), {}, folder_ / "presets").at("x").text(), "1");
  EXPECT_EQ(Yaml::load(write("c.yaml", "base: presets/a.yaml\n")).at("x").text(), "1");
  write("a.yaml", "x: 2\n");
  EXPECT_EQ(Yaml::load(folder_ / "b.yaml", {}, folder_ / "presets").at("x").text(), "2");
}

TEST_F(Inheritance, EachValueKeepsItsFileAndLine) {
  write("a.yaml", "# a\nx: {p: 1, q: 2}\n");
  const Yaml root = Yaml::load(write("b.yaml", "base: a\n\n\nx: {q: 3}\n"));
  EXPECT_EQ(root.where().file, shown("b.yaml"));
  EXPECT_EQ(root.at("x").where().file, shown("b.yaml"));
  EXPECT_EQ(root.at("x").at("p").where().file, shown("a.yaml"));
  EXPECT_EQ(root.at("x").at("p").where().line, 2);
  EXPECT_EQ(root.at("x").at("p").where().path, "x.p");
  EXPECT_EQ(root.at("x").at("q").where().line, 4);
}

TEST_F(Inheritance, AnUnknownBaseIsAnsweredWithTheKnownOnes) {
  write("presets/tiny.yaml", "x: 1\n");
  write("b.yaml", "\nbase: tinny\n");
  EXPECT_EQ(error_of("b.yaml"),
            shown("b.yaml") + ":2: base: unknown base 'tinny'; did you mean 'tiny'?; known: b, tiny");
  write("c.yaml", "base: [a]\n");
  EXPECT_EQ(error_of("c.yaml"), shown("c.yaml") + ":1: base: must be the name of a preset");
  write("d.yaml", "base: e/f.yaml\n");
  EXPECT_EQ(error_of("d.yaml"), shown("e/f.yaml") + ": no such file");
}

TEST_F(Inheritance, ACircleIsAnError) {
  write("a.yaml", "base: b\n");
  write("b.yaml", "base: c\n");
  write("c.yaml", "base: a\n");
  EXPECT_EQ(error_of("a.yaml"), shown("c.yaml") + ":1: base: inheritance runs in a circle: a -> b -> c -> a");
  write("d.yaml", "base: d\n");
  EXPECT_EQ(error_of("d.yaml"), shown("d.yaml") + ":1: base: inheritance runs in a circle: d -> d");
}

TEST_F(Inheritance, OnlyAFileCanHaveABase) {
  try {
    Yaml::parse("x: 1\nbase: a\n", "text");
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "text:2: base: only a file can have a base");
  }
}

TEST_F(Inheritance, AMissingFileAndAFolderAreErrors) {
  EXPECT_EQ(error_of("none.yaml"), shown("none.yaml") + ": no such file");
  EXPECT_EQ(error_of("presets"), shown("presets") + ": is a folder; give a file");
}

}  // namespace
}  // namespace attnsim::common
