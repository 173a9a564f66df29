// Finding presets and naming files.
#include "common/registry.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "common/error.h"

namespace attnsim::common {
namespace {

namespace fs = std::filesystem;

class Presets : public testing::Test {
 protected:
  // A folder for each test, as tests run at the same time.
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / "attnsim_registry" /
              testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "folder.yaml");
    for (const char* name : {"b.yaml", "a.yaml", "README.yaml", ".hidden.yaml", "c.txt", "a.json"}) {
      std::ofstream(folder_ / name) << "x: 1\n";
    }
    fs::remove_all(folder_ / "folder.yaml");
  }

  std::string error_of(const std::string& name) const {
    try {
      find_preset("thing", folder_, name);
    } catch (const InputError& error) {
      return error.what();
    }
    return "no error";
  }

  fs::path folder_;
};

TEST_F(Presets, AreTheYamlFilesOfTheirFolderInOrder) {
  EXPECT_EQ(preset_names(folder_), (std::vector<std::string>{"a", "b"}));
}

TEST_F(Presets, AFolderThatDoesNotExistHasNone) {
  EXPECT_EQ(preset_names(folder_ / "nowhere"), std::vector<std::string>{});
}

TEST_F(Presets, AreFoundByName) { EXPECT_EQ(find_preset("thing", folder_, "b"), folder_ / "b.yaml"); }

TEST_F(Presets, APathIsTakenAsItIs) {
  EXPECT_EQ(find_preset("thing", "/", (folder_ / "a.json").string()), folder_ / "a.json");
  EXPECT_EQ(find_preset("thing", "/", (folder_ / "c.txt").string()), folder_ / "c.txt");
}

TEST_F(Presets, AnUnknownNameIsAnsweredWithTheKnownOnes) {
  EXPECT_EQ(error_of("something"), "unknown thing 'something'; known: a, b");
}

TEST_F(Presets, AMissingFileIsNamed) {
  EXPECT_EQ(error_of("/no/such.yaml"), "/no/such.yaml: no such file");
  EXPECT_EQ(error_of("attnsim_no_such.yaml"), "attnsim_no_such.yaml: no such file");
}

TEST_F(Presets, AFolderIsNoFile) {
  EXPECT_EQ(error_of(folder_.string()), shown_file(folder_) + ": is a folder; give a file");
}

class ShownFile : public testing::Test {
 protected:
  void SetUp() override { start_ = fs::current_path(); }
  void TearDown() override {
    fs::current_path(start_);
    unsetenv("ATTNSIM_ROOT");
  }
  fs::path start_;
};

TEST_F(ShownFile, BelowTheCurrentDirectoryIsRelativeToIt) {
  fs::current_path("/usr");
  EXPECT_EQ(shown_file("/usr/share/x.yaml"), "share/x.yaml");
  EXPECT_EQ(shown_file("share/../lib/x.yaml"), "lib/x.yaml");
}

TEST_F(ShownFile, BelowTheDataRootIsRelativeToIt) {
  fs::current_path("/");
  setenv("ATTNSIM_ROOT", "/opt/attnsim", 1);
  fs::current_path("/usr");
  EXPECT_EQ(data_root(), fs::path("/opt/attnsim"));
  EXPECT_EQ(shown_file("/opt/attnsim/arch/presets/x.yaml"), "arch/presets/x.yaml");
}

TEST_F(ShownFile, ElsewhereIsAsGiven) {
  fs::current_path("/usr");
  EXPECT_EQ(shown_file("/etc/x.yaml"), "/etc/x.yaml");
  EXPECT_EQ(shown_file("../etc/x.yaml"), "../etc/x.yaml");
}

TEST_F(ShownFile, WithoutTheVariableTheDataRootIsTheSourceTree) {
  unsetenv("ATTNSIM_ROOT");
  EXPECT_TRUE(fs::exists(data_root() / "arch" / "presets"));
}

}  // namespace
}  // namespace attnsim::common
