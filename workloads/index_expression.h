// Whole numbers and truth values made of coordinates: what predicates are written in.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace attnsim::workloads {

struct IndexExpression {
  enum class Kind { kNumber, kName, kTable, kCall };
  Kind kind = Kind::kNumber;
  std::int64_t number = 0;  // kNumber
  // kName: a rank, a parameter or a quantity; kTable: a tensor of whole numbers, its arguments are the indices;
  // kCall: one of index_functions().
  std::string name;
  std::vector<IndexExpression> arguments;
  bool operator==(const IndexExpression&) const = default;
};

// As it would be written: "m <= p + offset and doc[p] == doc[m]".
std::string to_string(const IndexExpression& expression);

// What a kCall may name. Values are whole numbers or truth values, and so are arguments.
struct IndexFunction {
  int arguments = 2;
  bool takes_truth = false;  // and or not
  bool gives_truth = false;  // and or not, less less_equal greater greater_equal equal not_equal
};
const std::map<std::string, IndexFunction>& index_functions();

// The names of kName nodes; those of kTable nodes.
std::set<std::string> names(const IndexExpression& expression);
std::set<std::string> tables(const IndexExpression& expression);

}  // namespace attnsim::workloads
