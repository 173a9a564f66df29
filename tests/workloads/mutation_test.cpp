// Damaged files: bytes, lines and words of the shipped ones changed at random give a cascade or one clean error.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <sstream>

#include "common/registry.h"
#include "workloads/cascade.h"
#include "workloads/series.h"

namespace attnsim::workloads {
namespace {

class Damage {
 public:
  explicit Damage(std::vector<std::string> words) : words_(std::move(words)) {}

  std::string bytes(std::string text) {
    static const std::string letters = "mp01[](){},:='\"+-*/ \n#&!|>%@`_<\\\t\x01\xff";
    for (std::size_t changes = 0; changes <= below(3); ++changes) {
      text.replace(below(text.size()), below(3), below(2), letters[below(letters.size())]);
    }
    return text;
  }

  std::string lines(const std::string& text) {
    std::vector<std::string> all;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) all.push_back(line);
    const std::size_t at = below(all.size());
    const std::size_t other = below(all.size());
    switch (below(3)) {
      case 0:
        all.erase(all.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      case 1:
        all.insert(all.begin() + static_cast<std::ptrdiff_t>(at), all[other]);
        break;
      default:
        std::swap(all[at], all[other]);
    }
    std::string result;
    for (const std::string& line : all) result += line + "\n";
    return result;
  }

  // One word in the place of another one of the same file.
  std::string words(std::string text) {
    const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
    const auto begin =
        std::find_if(text.begin() + static_cast<std::ptrdiff_t>(below(text.size())), text.end(), is_word);
    const auto end = std::find_if_not(begin, text.end(), is_word);
    return text.replace(begin, end, words_[below(words_.size())]);
  }

  std::size_t below(std::size_t bound) { return random_() % std::max<std::size_t>(1, bound); }

 private:
  std::mt19937 random_{3};
  std::vector<std::string> words_;
};

// `parse` 3000 damaged copies of the originals; how many of them it read.
int read_damaged(const std::vector<std::string>& originals, std::vector<std::string> words,
                 const std::function<void(const std::string&)>& parse) {
  for (const std::string& original : originals) {
    std::istringstream stream(original);
    for (std::string word; stream >> word;) words.push_back(word);
  }
  Damage damage(words);
  int read = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string& original = originals[damage.below(originals.size())];
    const std::string text = i % 3 == 0   ? damage.bytes(original)
                             : i % 3 == 1 ? damage.lines(original)
                                          : damage.words(original);
    try {
      parse(text);
      ++read;
    } catch (const common::InputError& error) {
      const std::string message = error.what();
      EXPECT_TRUE(message.starts_with("x.yaml:")) << message;
      EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    }
  }
  return read;
}

TEST(Mutation, AThousandDamagedFilesOfEachKindAreReadOrRefusedInOneLine) {
  std::vector<std::string> originals;
  for (const std::string& name : common::preset_names(variants())) {
    originals.emplace_back();
    read_cascade(name, {}, &originals.back());  // with what its base gives
  }
  const int read = read_damaged(
      originals, {"where", "scan", "topk", "inf", "max", "exp", "m1", "1e999", "-1", "div", "and", "0", "[", ")"},
      [](const std::string& text) { parse_cascade(text, "x.yaml"); });
  EXPECT_GT(read, 100);
  EXPECT_LT(read, 2000);
}

TEST(Mutation, DamagedSeriesToo) {
  std::vector<std::string> originals;
  for (const std::string& name : common::preset_names(series_folder())) {
    originals.emplace_back();
    read_series(name, {}, &originals.back());
  }
  Workload model;
  model.layers = 32;
  const int read =
      read_damaged(originals, {"rest", "-1", "0", "[", "keys", "1e9", "exits"}, [&](const std::string& text) {
        const Series series = parse_series(text, "x.yaml");
        repetitions(series, model, [](std::size_t, std::int64_t) { return std::nullopt; });
      });
  EXPECT_GT(read, 100);
  EXPECT_LT(read, 2500);
}

}  // namespace
}  // namespace attnsim::workloads
