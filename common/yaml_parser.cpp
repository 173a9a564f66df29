// YAML text to a tree of values and back. Anchors and aliases are left out: with them a small file could expand to an
// endless tree, and `base:` serves the same purpose.
#include <algorithm>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "common/yaml_value.h"

namespace attnsim::common::detail {
namespace {

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string file, bool lines) : file_(std::move(file)), lines_(lines) {}

  std::shared_ptr<Value> root() const { return root_; }
  int documents() const { return documents_; }

  // What yaml-cpp takes and attnsim does not. Held back to the end: where the syntax is broken, too, that is the cause.
  void throw_first_error() const {
    if (!what_.empty()) throw InputError(error_, what_);
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) fail(mark, "a second document starts here; a file holds one");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(make(mark, Kind::kNull, anchor)); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(make(mark, Kind::kNull, anchor)); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    auto scalar = make(mark, Kind::kScalar, anchor);
    scalar->text = value;
    scalar->quoted = tag == "!";
    add(std::move(scalar));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(make(mark, Kind::kList, anchor), style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(make(mark, Kind::kMap, anchor), style);
  }
  void OnMapEnd() override { close(); }

 private:
  // A list or map that is being filled; in a map, the key whose value comes next.
  struct Open {
    std::shared_ptr<Value> value;
    std::shared_ptr<Value> key;
  };

  int line(const YAML::Mark& mark) const { return lines_ ? mark.line + 1 : 0; }

  void fail(const YAML::Mark& mark, const std::string& what) { fail({file_, line(mark), ""}, what); }
  void fail(const Location& where, const std::string& what) {
    if (!what_.empty()) return;
    error_ = where;
    what_ = what;
  }

  std::shared_ptr<Value> make(const YAML::Mark& mark, Kind kind, YAML::anchor_t anchor) {
    if (anchor != 0) {
      fail(mark, "anchors and aliases (&x, *x) are not supported; write the value out, or quote it if it is text");
    }
    auto value = std::make_shared<Value>();
    value->kind = kind;
    value->where = {file_, line(mark), ""};
    return value;
  }

  void add(std::shared_ptr<Value> value) {
    if (stack_.empty()) {
      root_ = std::move(value);
      return;
    }
    Open& top = stack_.back();
    if (top.value->kind == Kind::kList) {
      top.value->items.push_back(std::move(value));
    } else if (top.key == nullptr) {
      // A key that reads as null, like "~:" or ": x", is no word that a reader could ask for.
      if (value->kind != Kind::kScalar) fail(value->where, "a key must be a word");
      if (top.value->find(value->text) != nullptr) fail(value->where, fmt::format("duplicate key '{}'", value->text));
      top.key = std::move(value);
    } else {
      // A block list or map starts a line below its key; the key is what a reader looks for.
      if (value->kind != Kind::kScalar) value->where.line = top.key->where.line;
      top.value->entries.emplace_back(top.key->text, std::move(value));
      top.key = nullptr;
    }
  }

  void open(std::shared_ptr<Value> value, YAML::EmitterStyle::value style) {
    value->flow = style == YAML::EmitterStyle::Flow;
    add(value);
    stack_.push_back({std::move(value), nullptr});
  }
  void close() { stack_.pop_back(); }

  std::string file_;
  bool lines_;
  Location error_;
  std::string what_;
  int documents_ = 0;
  std::shared_ptr<Value> root_;
  std::vector<Open> stack_;
};

void emit(YAML::Emitter& out, const Value& value) {
  switch (value.kind) {
    case Kind::kNull:
      out << YAML::Null;
      break;
    case Kind::kScalar:
      if (value.quoted) out << YAML::DoubleQuoted;
      out << value.text;
      break;
    case Kind::kList:
      if (value.flow) out << YAML::Flow;
      out << YAML::BeginSeq;
      for (const auto& item : value.items) emit(out, *item);
      out << YAML::EndSeq;
      break;
    case Kind::kMap:
      if (value.flow) out << YAML::Flow;
      out << YAML::BeginMap;
      for (const auto& [key, entry] : value.entries) {
        out << YAML::Key << key << YAML::Value;
        emit(out, *entry);
      }
      out << YAML::EndMap;
      break;
  }
}

// Readers leave marks in their tree, so each has its own.
std::shared_ptr<Value> copy_of(const Value& value) {
  auto copy = std::make_shared<Value>(value);
  for (auto& item : copy->items) item = copy_of(*item);
  for (auto& [key, entry] : copy->entries) entry = copy_of(*entry);
  return copy;
}

std::shared_ptr<Value> parse_text(const std::string& text, const std::string& file, bool lines) {
  TreeBuilder builder(file, lines);
  try {
    // The comment at the end is for an open quote: yaml-cpp takes it as closed where a line break ends the text.
    std::istringstream in(text + "\n#");
    YAML::Parser parser(in);
    // Some broken texts make yaml-cpp find empty documents without end; the second one is an error anyway.
    while (builder.documents() < 2 && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    // An error at the end is one of the last line, not of the comment behind it.
    const auto breaks = static_cast<int>(std::count(text.begin(), text.end(), '\n'));
    const int last = breaks + (text.ends_with('\n') ? 0 : 1);
    const bool known = lines && !error.mark.is_null();
    throw InputError({file, known ? std::min(error.mark.line + 1, std::max(last, 1)) : 0, ""}, error.msg);
  }
  builder.throw_first_error();
  auto root = builder.root() != nullptr ? builder.root() : std::make_shared<Value>();
  if (root->where.file.empty()) root->where.file = file;
  root->read = true;
  set_paths(*root, "");
  return root;
}

}  // namespace

// Thousands of runs in one process read the same few documents: a text that was parsed before is copied.
std::shared_ptr<Value> parse_value(const std::string& text, const std::string& file, bool lines) {
  constexpr std::size_t kMostTexts = 64;
  if (!lines) return parse_text(text, file, lines);
  thread_local std::map<std::pair<std::string, std::string>, std::shared_ptr<const Value>> known;
  const std::pair key(file, text);
  auto found = known.find(key);
  if (found == known.end()) {
    if (known.size() == kMostTexts) known.clear();
    found = known.emplace(key, parse_text(text, file, lines)).first;
  }
  return copy_of(*found->second);
}

std::string dump_value(const Value& value) {
  YAML::Emitter out;
  emit(out, value);
  return std::string(out.c_str()) + "\n";
}

}  // namespace attnsim::common::detail
