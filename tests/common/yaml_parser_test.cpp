// Damaged documents: whatever a file holds, reading it ends in a document or in an InputError of one line.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "common/registry.h"
#include "common/yaml.h"

namespace attnsim::common {
namespace {

std::string damaged(std::string text, std::mt19937_64& random) {
  using namespace std::string_literals;
  // All that YAML gives a meaning, a zero byte, a byte that is no UTF-8, a byte order mark.
  static const std::string kInserted = "{}[]:,#&*!|>'\"%@`-?\n\t \\~a1\0\xff\xef\xbb\xbf"s;
  const std::size_t edits = 1 + random() % 8;
  for (std::size_t i = 0; i < edits && !text.empty(); ++i) {
    const std::size_t at = random() % text.size();
    switch (random() % 4) {
      case 0:
        text.erase(at, 1 + random() % 20);
        break;
      case 1:
        text.insert(at, 1, kInserted[random() % kInserted.size()]);
        break;
      case 2:
        text[at] = static_cast<char>(random() % 256);
        break;
      default:
        text.insert(at, text.substr(random() % text.size(), random() % 30));
        break;
    }
  }
  return text;
}

// How reading ended: the document as text, or the error.
std::string outcome(const std::string& text, bool& parsed) {
  try {
    const Yaml root = Yaml::parse(text, "f.yaml", {{"name.x", "1", "--set name.x=1"}, {"y", text, "--set y"}});
    root.mark_read();
    root.check_all_read();
    parsed = true;
    return root.dump();
  } catch (const InputError& error) {
    parsed = false;
    return error.what();
  }
}

TEST(DamagedYaml, IsReadOrAnsweredWithOneLine) {
  std::mt19937_64 random(3);
  int documents = 0;
  int errors = 0;
  for (const std::string& name : preset_names(data_root() / "arch" / "presets")) {
    std::ifstream in(data_root() / "arch" / "presets" / (name + ".yaml"));
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    for (int i = 0; i < 300; ++i) {
      const std::string changed = damaged(text, random);
      bool parsed = false;
      const std::string end = outcome(changed, parsed);
      ++(parsed ? documents : errors);
      if (!parsed) {
        EXPECT_EQ(end.find('\n'), std::string::npos) << changed;
        EXPECT_NE(end.find(": "), std::string::npos) << changed;
      }
    }
  }
  EXPECT_GT(documents + errors, 1000);
  EXPECT_GT(errors, 100);
}

TEST(DamagedYaml, PrefixesOfADocumentAreReadOrAnswered) {
  const std::string text = "a: [1, {b: \"c\\x41\", d: 'e'}]\nf: |\n  g\n  h\ni: !!str j\n";
  for (std::size_t length = 0; length <= text.size(); ++length) {
    bool parsed = false;
    const std::string end = outcome(text.substr(0, length), parsed);
    EXPECT_TRUE(parsed || end.find('\n') == std::string::npos) << end;
  }
}

}  // namespace
}  // namespace attnsim::common
