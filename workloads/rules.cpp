// The rules of tensors and ranks: what may be read where, what must be made, and over which ranks.
#include "workloads/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace attnsim::workloads {

namespace {

using common::InputError;
using Section = Einsum::Section;
using Ranks = std::vector<std::string>;

bool contains(const Ranks& ranks, const std::string& rank) {
  return std::find(ranks.begin(), ranks.end(), rank) != ranks.end();
}

std::string joined(const Ranks& ranks) { return fmt::format("{}", fmt::join(ranks, ",")); }

const char* section_name(Section section) {
  if (section == Section::kStart) return "start";
  return section == Section::kEach ? "each" : "finish";
}

void add_references(const Expression& expression, std::vector<TensorRef>& found) {
  if (expression.kind == Expression::Kind::kTensor) found.push_back(expression.tensor);
  for (const Expression& argument : expression.arguments) add_references(argument, found);
}

class Rules {
 public:
  Rules(const Cascade& cascade, const Places& places) : cascade_(cascade), places_(places) {}

  void check() {
    for (const TensorRef& input : cascade_.inputs) check_declared(input, places_.at("inputs." + input.tensor));
    for (const TensorRef& output : cascade_.outputs()) check_declared(output, places_.at("output"));
    for (const Einsum& einsum : cascade_.einsums) {
      check_ranks(einsum);
      check_primes(einsum);
      for (const TensorRef& read : cascade_.reads(einsum)) check_read(einsum, read);
      if (einsum.scan) check_scan(einsum);
      check_reduction(einsum);
      check_made(einsum);
      (einsum.output.next ? next_ : made_).emplace(einsum.name, &einsum);
    }
    for (const TensorRef& output : cascade_.outputs()) check_output(output);
    check_unread();
    check_unused_ranks();
  }

 private:
  [[noreturn]] static void fail(const Einsum& einsum, const std::string& what) { throw InputError(einsum.where, what); }

  bool iterates(Section section) const { return cascade_.iterate && section == Section::kEach; }

  void check_reference(const TensorRef& reference, const common::Location& where) {
    std::set<std::string> seen;
    for (const std::string& rank : reference.ranks) {
      if (!cascade_.is_rank(rank)) {
        Ranks known;
        for (const auto& [name, extent] : cascade_.ranks) {
          known.push_back(name);
          if (cascade_.split.contains(name)) {
            const Ranks parts = cascade_.parts(name);
            known.insert(known.end(), parts.begin(), parts.end());
          }
        }
        throw InputError(where, common::unknown_name("rank", rank, known));
      }
      if (!seen.insert(rank).second) {
        throw InputError(where, fmt::format("{} names the rank '{}' twice; name it once", to_string(reference), rank));
      }
      used_ranks_.insert(rank);
    }
  }

  void check_declared(const TensorRef& reference, const common::Location& where) {
    check_reference(reference, where);
    if (reference.next) {
      throw InputError(where, fmt::format("{} has a prime; inputs and the output have none", to_string(reference)));
    }
  }

  void check_ranks(const Einsum& einsum) {
    std::vector<TensorRef> references = {einsum.output};
    add_references(einsum.map, references);
    std::set<std::string> all;
    for (const TensorRef& reference : references) {
      check_reference(reference, einsum.where);
      all.insert(reference.ranks.begin(), reference.ranks.end());
    }
    for (const std::string& rank : all) {
      const std::string base = cascade_.base_rank(rank);
      if (base != rank && all.contains(base)) {
        fail(einsum, fmt::format("'{}' stands beside its part '{}'; write the parts {} in its place", base, rank,
                                 joined(cascade_.parts(base))));
      }
    }
    if (!iterates(einsum.section)) return;
    const std::string whole = cascade_.base_rank(*cascade_.iterate);
    if (whole != *cascade_.iterate && all.contains(whole)) {
      fail(einsum, fmt::format("inside 'each' one step of '{}' is at hand, not all of '{}'; write its parts {}",
                               *cascade_.iterate, whole, joined(cascade_.parts(whole))));
    }
  }

  void check_primes(const Einsum& einsum) {
    std::vector<TensorRef> references = {einsum.output};
    add_references(einsum.map, references);
    for (const TensorRef& reference : references) {
      if (!reference.next) continue;
      const std::string text = to_string(reference);
      if (!cascade_.iterate) {
        fail(einsum,
             fmt::format("{} has a prime, but nothing is iterated; name the iterated rank with 'iterate'", text));
      }
      if (einsum.section != Section::kEach) {
        fail(einsum, fmt::format("{} has a prime in '{}'; next values exist inside 'each' only, so write {}", text,
                                 section_name(einsum.section), text_without_prime(reference)));
      }
      if (contains(reference.ranks, *cascade_.iterate)) {
        fail(einsum, fmt::format("{} has a prime and the iterated rank '{}'; a carried tensor has one value a step, so "
                                 "drop one of them",
                                 text, *cascade_.iterate));
      }
    }
  }

  static std::string text_without_prime(TensorRef reference) {
    reference.next = false;
    return to_string(reference);
  }

  const Einsum* find(const std::map<std::string, const Einsum*>& among, const std::string& tensor) const {
    const auto found = among.find(tensor);
    return found == among.end() ? nullptr : found->second;
  }

  void check_read(const Einsum& einsum, const TensorRef& read) {
    if (const auto input = input_of(read.tensor); input != nullptr && !read.next) {
      check_same_ranks(einsum, read, *input);
      read_.insert(read.tensor);
      return;
    }
    if (cascade_.is_input(read.tensor)) {
      fail(einsum, fmt::format("{} has a prime, but an input has no next value; write {}", to_string(read),
                               text_without_prime(read)));
    }
    const Einsum* maker = find(read.next ? next_ : made_, read.tensor);
    if (maker == nullptr) fail_unmade(einsum, read);
    check_same_ranks(einsum, read, maker->output);
    const bool of_one_step = iterates(maker->section) && einsum.section == Section::kFinish &&
                             !contains(maker->output.ranks, *cascade_.iterate);
    if (of_one_step) {
      fail(einsum,
           fmt::format("{} is made anew at each step of '{}' and gone after the last; carry it with a prime, or "
                       "give it the rank '{}'",
                       to_string(read), *cascade_.iterate, *cascade_.iterate));
    }
    if (einsum.name != read.tensor) read_.insert(read.tensor);
  }

  [[noreturn]] void fail_unmade(const Einsum& einsum, const TensorRef& read) const {
    const std::string text = to_string(read);
    if (einsum.name == read.tensor && einsum.output.next == read.next) {
      fail(einsum, fmt::format("{} is made from itself; read what was made before, or carry it through a loop", text));
    }
    if (const Einsum* later = maker_anywhere(read.tensor, read.next); later != nullptr) {
      fail(einsum, fmt::format("{} is read before it is made; move '{}' up, or this line down", text, later->text));
    }
    if (maker_anywhere(read.tensor, !read.next) != nullptr) {
      if (!read.next) fail_without_start(einsum, read);
      fail(einsum, fmt::format("{} is never made; write an Einsum for it, or read {}", text, text_without_prime(read)));
    }
    fail(einsum, common::unknown_name("tensor", read.tensor, tensors()));
  }

  [[noreturn]] static void fail_without_start(const Einsum& einsum, const TensorRef& carried) {
    fail(einsum,
         fmt::format("'{}' has no first value; give {} under 'start'", carried.tensor, text_without_prime(carried)));
  }

  const Einsum* maker_anywhere(const std::string& tensor, bool next) const {
    const auto maker = std::find_if(cascade_.einsums.begin(), cascade_.einsums.end(), [&](const Einsum& einsum) {
      return einsum.name == tensor && einsum.output.next == next;
    });
    return maker == cascade_.einsums.end() ? nullptr : &*maker;
  }

  const TensorRef* input_of(const std::string& tensor) const {
    const auto found = std::find_if(cascade_.inputs.begin(), cascade_.inputs.end(),
                                    [&](const TensorRef& input) { return input.tensor == tensor; });
    return found == cascade_.inputs.end() ? nullptr : &*found;
  }

  Ranks tensors() const {
    Ranks names;
    for (const TensorRef& input : cascade_.inputs) names.push_back(input.tensor);
    for (const Einsum& einsum : cascade_.einsums) {
      if (!contains(names, einsum.name)) names.push_back(einsum.name);
    }
    return names;
  }

  // A split rank and its parts in its place are the same; else the ranks agree in name and order.
  void check_same_ranks(const Einsum& einsum, const TensorRef& reference, const TensorRef& declared) const {
    if (!reference.indices.empty()) {
      if (reference.indices.size() == declared.ranks.size()) return;
      fail(einsum, fmt::format("{} has the wrong number of indices; {} has [{}]", to_string(reference), declared.tensor,
                               joined(declared.ranks)));
    }
    if (cascade_.parts(reference.ranks) == cascade_.parts(declared.ranks)) return;
    const Ranks parts = cascade_.parts(declared.ranks);
    const std::string in_parts = parts == declared.ranks ? "" : fmt::format(" or [{}]", joined(parts));
    fail(einsum, fmt::format("{} has the wrong ranks; {} has [{}]{}", to_string(reference), declared.tensor,
                             joined(declared.ranks), in_parts));
  }

  void check_reduction(const Einsum& einsum) const {
    Ranks on_right;
    std::vector<TensorRef> references;
    add_references(einsum.map, references);
    for (const TensorRef& reference : references) {
      on_right.insert(on_right.end(), reference.ranks.begin(), reference.ranks.end());
    }
    const Ranks reduced = einsum.reduction ? einsum.reduction->ranks : Ranks();
    const std::string op = einsum.reduction ? einsum.reduction->op : "";
    if (op == "topk") check_selection(einsum, on_right);
    for (const std::string& rank : reduced) {
      if (std::count(reduced.begin(), reduced.end(), rank) > 1) {
        fail(einsum, fmt::format("{}({}) names '{}' twice; name it once", op, joined(reduced), rank));
      }
      if (iterates(einsum.section) && rank == *cascade_.iterate) {
        fail(einsum,
             fmt::format("{}({}) reduces the iterated rank '{}', which goes one step at a time; carry the value "
                         "with a prime",
                         op, joined(reduced), rank));
      }
      if (!contains(on_right, rank)) {
        fail(einsum, fmt::format("{}({}) reduces a rank that no tensor on the right has: '{}'; drop it", op,
                                 joined(reduced), rank));
      }
      if (contains(einsum.output.ranks, rank)) {
        fail(einsum,
             fmt::format("{}({}) reduces '{}', which stays on the left; drop one of them", op, joined(reduced), rank));
      }
    }
    for (const std::string& rank : on_right) {
      if (einsum.scan) break;
      const bool fixed = iterates(einsum.section) && rank == *cascade_.iterate;
      if (fixed || contains(reduced, rank) || contains(einsum.output.ranks, rank)) continue;
      fail(einsum, fmt::format("the rank '{}' is neither on the left nor in {}({}); add it to the reduction, or write "
                               "two Einsums",
                               rank, op, joined(reduced)));
    }
  }

  // A scan keeps all ranks, and goes along one of them that both sides have.
  void check_scan(const Einsum& einsum) const {
    Ranks on_right;
    for (const TensorRef& read : einsum.inputs()) {
      on_right.insert(on_right.end(), read.ranks.begin(), read.ranks.end());
    }
    const Ranks& along = einsum.scan->ranks;
    const std::string text = fmt::format("scan {}({})", einsum.scan->op, joined(along));
    const bool whole = along == cascade_.parts(cascade_.base_rank(along.front()));
    if (along.size() > 1 && !whole) {
      fail(einsum, fmt::format("{} must go along one rank, one part of it, or all its parts, outermost first", text));
    }
    for (const std::string& rank : along) {
      if (iterates(einsum.section) && rank == *cascade_.iterate) {
        fail(einsum, fmt::format("{} goes along the iterated rank '{}', of which one step is at hand; carry the value "
                                 "with a prime",
                                 text, rank));
      }
      if (!contains(einsum.output.ranks, rank)) {
        fail(einsum, fmt::format("{} keeps the rank '{}'; write it on the left, too", text, rank));
      }
      if (!contains(on_right, rank)) {
        fail(einsum, fmt::format("{} goes along a rank that no tensor on the right has: '{}'; drop it", text, rank));
      }
    }
    for (const std::string& rank : on_right) {
      const bool fixed = iterates(einsum.section) && rank == *cascade_.iterate;
      if (fixed || contains(einsum.output.ranks, rank)) continue;
      fail(einsum, fmt::format("the rank '{}' is not on the left, where a scan keeps all ranks; reduce it in an Einsum "
                               "of its own",
                               rank));
    }
  }

  // A selection goes through one rank and has a rank of its own on the left, for the first, second, ... of its choice.
  void check_selection(const Einsum& einsum, const Ranks& on_right) const {
    const auto own = std::count_if(einsum.output.ranks.begin(), einsum.output.ranks.end(),
                                   [&](const std::string& rank) { return !contains(on_right, rank); });
    const Ranks& over = einsum.reduction->ranks;
    if (own != 1) {
      fail(
          einsum,
          fmt::format("topk needs one rank on the left that the right lacks, as in I[j] = topk(m) S[m] (got {})", own));
    }
    if (over.size() != 1 || !contains(cascade_.whole_ranks(einsum), over.front())) {
      fail(einsum, fmt::format("topk({}) must select along one whole rank", joined(over)));
    }
  }

  void check_made(const Einsum& einsum) const {
    const std::string& tensor = einsum.name;
    if (cascade_.is_input(tensor)) fail(einsum, fmt::format("'{}' is an input; give the result another name", tensor));
    const Einsum* start = find(made_, tensor);
    const Einsum* next = find(next_, tensor);
    if (einsum.output.next) {
      if (next != nullptr) fail_twice(einsum, *next);
      if (start != nullptr && start->section == Section::kEach) fail_twice(einsum, *start);
      if (start == nullptr) fail_without_start(einsum, einsum.output);
      check_same_ranks(einsum, einsum.output, start->output);
      return;
    }
    if (start != nullptr && start->section == Section::kStart && iterates(einsum.section)) {
      fail(einsum,
           fmt::format("'{}' is made twice (first: {}); write {}' for its next value", tensor, start->text, tensor));
    }
    if (start != nullptr) fail_twice(einsum, *start);
    if (next != nullptr) fail_twice(einsum, *next);
  }

  [[noreturn]] static void fail_twice(const Einsum& einsum, const Einsum& first) {
    fail(einsum, fmt::format("'{}' is made twice (first: {}); choose another name", einsum.name, first.text));
  }

  void check_output(const TensorRef& output) {
    const common::Location& where = places_.at("output");
    const Einsum* maker = find(made_, output.tensor);
    if (maker == nullptr || cascade_.is_input(output.tensor)) {
      throw InputError(where, fmt::format("no Einsum makes {}; the Einsums make {}", to_string(output),
                                          fmt::join(made_names(), ", ")));
    }
    if (cascade_.parts(maker->output.ranks) != cascade_.parts(output.ranks)) {
      throw InputError(where, fmt::format("{} has the wrong ranks; its Einsum makes {}", to_string(output),
                                          to_string(maker->output)));
    }
    if (iterates(maker->section) && !contains(maker->output.ranks, *cascade_.iterate)) {
      throw InputError(where, fmt::format("{} is made anew at each step of '{}'; make it under 'finish'",
                                          to_string(output), *cascade_.iterate));
    }
    read_.insert(output.tensor);
  }

  Ranks made_names() const {
    Ranks names;
    for (const auto& [name, einsum] : made_) names.push_back(name);
    return names;
  }

  void check_unread() const {
    for (const TensorRef& input : cascade_.inputs) {
      if (read_.contains(input.tensor)) continue;
      throw InputError(places_.at("inputs." + input.tensor),
                       fmt::format("nothing reads '{}'; use it or drop it", input.tensor));
    }
    for (const Einsum& einsum : cascade_.einsums) {
      if (!read_.contains(einsum.name)) {
        fail(einsum, fmt::format("nothing reads '{}'; use it or drop the line", einsum.name));
      }
    }
  }

  void check_unused_ranks() const {
    for (const auto& [rank, extent] : cascade_.ranks) {
      if (used_ranks_.contains(rank) || rank == cascade_.iterate || cascade_.split.contains(rank)) continue;
      fail_unused("ranks." + rank, rank);
    }
    for (const auto& [rank, parts] : cascade_.split) {
      for (const std::string& part : parts) {
        if (!used_ranks_.contains(part) && part != cascade_.iterate) fail_unused("split." + rank, part);
      }
    }
  }

  [[noreturn]] void fail_unused(const std::string& place, const std::string& rank) const {
    throw InputError(places_.at(place), fmt::format("no tensor has the rank '{}'; use it or drop it", rank));
  }

  const Cascade& cascade_;
  const Places& places_;
  std::map<std::string, const Einsum*> made_;  // so far, by tensor, without a prime
  std::map<std::string, const Einsum*> next_;  // so far, with one
  std::set<std::string> read_;
  std::set<std::string> used_ranks_;
};

}  // namespace

void check_rules(const Cascade& cascade, const Places& places) { Rules(cascade, places).check(); }

}  // namespace attnsim::workloads
