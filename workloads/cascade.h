// A cascade of Einsums as data: what workloads/variants/*.yaml say, parsed and checked.
// Nothing downstream knows a cascade by its name; the structure here is all that mapping sees.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/yaml.h"
#include "workloads/expression.h"
#include "workloads/predicate.h"
#include "workloads/storage_type.h"

namespace attnsim::workloads {

// A reduction: "max(m0)". `op` is sum, max, min or a user-named operator. In a scan, "scan sum(t)", the same over all
// coordinates up to and with each one.
struct Reduction {
  std::string op;
  std::vector<std::string> ranks;
};

// A reduction `topk` makes coordinates: I[p,j] = topk(m) S[p,m] has the m of the j-th largest S, and -1 where there are
// fewer. One line: output = [reduction] map. Ranks that the map reads and the output lacks are summed where no
// reduction is written; one that is written names them all (for two kinds of reduction, write two Einsums).
struct Einsum {
  std::string name;  // of its output tensor, without the prime
  TensorRef output;
  std::optional<Reduction> reduction;  // explicit or implied
  bool reduction_written = false;      // explicit
  // B[t,e] = scan sum(t) G[t,e]: a map in its shape, whose value at t combines the points up to t. `ranks` is one rank
  // or part, which starts anew for every point of the others, or all parts of a rank, outermost first.
  std::optional<Reduction> scan;
  Expression map;
  std::optional<Predicate> predicate;  // written at its end; Cascade::predicate_of() has the whole
  std::string text;                    // as written
  common::Location where;
  enum class Section { kStart, kEach, kFinish } section = Section::kEach;  // kEach too where nothing is iterated

  std::vector<TensorRef> inputs() const;             // of the map, in order of appearance, duplicates removed
  std::vector<std::string> iteration_ranks() const;  // output ranks, then reduced ranks
};

// User-named operators. A map operator is a macro over known functions; a reduction has an identity and combines a, b.
struct Operator {
  std::vector<std::string> arguments;  // {"a", "b"} for a reduction
  Expression value;
  bool is_reduction = false;
  double identity = 0;
};

struct Cascade {
  std::string id;
  std::string class_name;  // "dense-softmax"
  std::string source;
  std::string provenance;  // confirmed, from-memory, abstract-only
  std::string title;       // the file's first comment line
  // Rank to extent, in file order: a quantity of the workload, a number, or an expression of both and of parameters.
  std::vector<std::pair<std::string, std::string>> ranks;
  std::map<std::string, std::vector<std::string>> split;  // m -> {m1, m0}, outermost first
  std::vector<TensorRef> inputs;
  std::map<std::string, double>
      defaults;                     // of inputs that data may leave out: the value that they then have everywhere
  std::vector<TensorRef> metadata;  // small tensors of whole numbers that predicates look up
  std::map<std::string, const StorageType*> storage;  // of tensors that have a type of their own
  TensorRef output;                                   // what the variant computes, and its oracle
  std::vector<TensorRef> further_outputs;             // go to memory beside it: a list of chosen keys
  std::optional<Predicate> predicate;                 // the cascade's `where`, over declared ranks
  std::optional<std::string> iterate;                 // the iterated rank: m1
  std::vector<Einsum> einsums;                        // start, each, finish in order
  std::map<std::string, Operator> operators;
  std::map<std::string, double> parameters;

  // The declared rank that a rank is or was split from: base_rank("m0") == "m", base_rank("p") == "p".
  std::string base_rank(const std::string& rank) const;
  bool is_rank(const std::string& rank) const;  // declared, or a part of a split
  // The parts of a rank that is split, else the rank alone; a whole list with each split rank replaced by its parts.
  std::vector<std::string> parts(const std::string& rank) const;
  std::vector<std::string> parts(const std::vector<std::string>& ranks) const;
  const Einsum* producer(const std::string& tensor) const;  // its last writer in file order; null for inputs
  bool is_input(const std::string& tensor) const;
  std::vector<TensorRef> outputs() const;  // output, further_outputs
  bool is_output(const std::string& tensor) const;
  const StorageType* stored_as(const std::string& tensor) const;  // null where it has no type of its own
  // Bits of a stored element, `otherwise` where the tensor has no type of its own.
  std::int64_t bits_of(const std::string& tensor, std::int64_t otherwise) const;
  // Whether an Einsum of `start` gives a carried tensor its first value; the others compute before the first step.
  bool is_first_value(const Einsum& einsum) const;
  bool has_rank_of(const std::string& quantity) const;  // some rank counts it: "queries"
  // Whether it runs for each head: one with queries or keys, and no rank that counts heads. Whether it runs for each
  // sequence of the batch: one without a rank that counts tokens or sequences of them all.
  bool runs_each_head() const;
  bool runs_each_sequence() const;
  const TensorRef* declared(const std::string& tensor) const;  // as input, metadata or Einsum; null if there is none

  // The declared ranks that an Einsum runs through whole: written, or by all parts. Inside `each` the iterated rank
  // counts as written.
  std::vector<std::string> whole_ranks(const Einsum& einsum) const;
  // All that an Einsum needs: its inputs() and the tensors that its indices and predicates look up, but for metadata.
  std::vector<TensorRef> reads(const Einsum& einsum) const;
  // Which points of an Einsum exist: its own predicate and, if its whole ranks are all of the cascade's predicate's,
  // that one. Its ranks are declared ones. None: all points.
  std::optional<Predicate> predicate_of(const Einsum& einsum) const;
};

std::filesystem::path variants();
// Reads and checks a cascade (a variant's name or a file). Rules checked, each with its own message at the offending
// line: grammar; undeclared tensor, rank, operator or parameter; wrong ranks of a reference; a tensor used before it is
// made; made twice; a predicate over ranks that are not at hand; the prime without `iterate`; a next value that no
// start gives; a reduction over an absent rank; an output that nothing makes; a tensor that nothing reads; a rank,
// operator or parameter that nothing uses; an operator that calls itself; a tensor of one step that is read after the
// loop.
Cascade read_cascade(const std::string& name_or_file, const std::vector<common::Override>& overrides = {},
                     std::string* expanded = nullptr);

// The same for text that already is in memory; `name` stands for the file in messages.
Cascade parse_cascade(const std::string& text, const std::string& name,
                      const std::vector<common::Override>& overrides = {}, std::string* expanded = nullptr);

// `expression` with the cascade's map operators replaced by their values, so that only functions() are called.
Expression expand(const Cascade& cascade, const Expression& expression);

// One Einsum by the grammar of workloads/README.md. `where` is put into errors, with the column. Where no reduction is
// written, every rank that the output lacks counts as summed; read_cascade takes the iterated rank off again.
Einsum parse_einsum(const std::string& text, const common::Location& where);
Expression parse_expression(const std::string& text, const common::Location& where);
IndexExpression parse_index(const std::string& text, const common::Location& where);
struct Input {
  TensorRef tensor;
  std::optional<double> value;  // "S0[e,f] = 0": where data leave it out
};
Input parse_input(const std::string& text, const common::Location& where);
Predicate parse_predicate(const std::string& text, const common::Location& where);
TensorRef parse_tensor_ref(const std::string& text, const common::Location& where);

}  // namespace attnsim::workloads
