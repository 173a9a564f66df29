// The grammar of Einsums and predicates (workloads/README.md has it as EBNF): text to Einsum, Expression, TensorRef and
// IndexExpression.
// It knows names and precedence only; which ranks, tensors and functions exist is checked in rules.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <boost/spirit/home/x3.hpp>
#include <charconv>
#include <limits>
#include <utility>

#include "workloads/cascade.h"

// Messages name the rule that was expected, whatever action hangs on it.
template <typename Subject, typename Action>
struct boost::spirit::x3::get_info<boost::spirit::x3::action<Subject, Action>> {
  using result_type = std::string;
  std::string operator()(const action<Subject, Action>& parser) const { return what(parser.subject); }
};

namespace attnsim::workloads {

namespace {

namespace x3 = boost::spirit::x3;

constexpr std::size_t kMaxLength = 10'000;
// Bounds the depth of the tree, and so of every recursion over it.
constexpr std::size_t kMaxOperators = 200;

// The right side of an Einsum as it is read.
struct Right {
  std::optional<Reduction> reduction;
  bool scans = false;  // what the reduction reduces stays
  Expression map;
  std::optional<IndexExpression> condition;
};

// The names of rules are what messages say was expected.
const x3::rule<struct NameTag, std::string> name("a name");
const x3::rule<struct RankTag, std::string> rank("a rank");
const x3::rule<struct NumberTag, double> number("a number");
const x3::rule<struct RanksTag, std::vector<IndexExpression>> ranks("'['");
const x3::rule<struct FirstRankTag, std::vector<IndexExpression>> first_rank("a rank or ']'");
const x3::rule<struct IndexTag, IndexExpression> index("a rank");
const x3::rule<struct ReferenceTag, TensorRef> reference("a tensor such as AV[p,f]");
const x3::rule<struct ReductionTag, Reduction> reduction("a reduction");
const x3::rule<struct NamedTag, Expression> named("a name");
const x3::rule<struct PrimaryTag, Expression> primary("a term");
const x3::rule<struct FactorTag, Expression> factor("a term");
const x3::rule<struct ProductTag, Expression> product("a term");
const x3::rule<struct SumTag, Expression> sum("a term");
const x3::rule<struct RightTag, Right> right("a term");
const x3::rule<struct IntegerTag, std::int64_t> integer("a whole number");
const x3::rule<struct IndexNamedTag, IndexExpression> index_named("a name");
const x3::rule<struct IndexPrimaryTag, IndexExpression> index_primary("a coordinate or a number");
const x3::rule<struct IndexFactorTag, IndexExpression> index_factor("a coordinate or a number");
const x3::rule<struct IndexProductTag, IndexExpression> index_product("a coordinate or a number");
const x3::rule<struct IndexSumTag, IndexExpression> index_sum("a coordinate or a number");
const x3::rule<struct ComparisonTag, IndexExpression> comparison("a condition");
const x3::rule<struct NegationTag, IndexExpression> negation("a condition");
const x3::rule<struct ConjunctionTag, IndexExpression> conjunction_rule("a condition");
const x3::rule<struct ConditionTag, IndexExpression> condition("a condition such as m <= p");
const x3::rule<struct CloseIndicesTag> close_indices("an operator, ',' or ']'");
const x3::rule<struct CloseRanksTag> close_ranks("']' or ','");
const x3::rule<struct CloseGroupTag> close_group("an operator or ')'");
const x3::rule<struct CloseCallTag> close_call("an operator, ',' or ')'");
const x3::rule<struct EqualsTag> equals("'='");
const x3::rule<struct EndTag> end("an operator or the end");
const x3::rule<struct EndReferenceTag> end_reference("the end");
const x3::rule<struct EndInputTag> end_input("'=' or the end");
const x3::rule<struct ValueTag, double> default_value("a number");

constexpr auto set = [](auto& context) { x3::_val(context) = std::move(x3::_attr(context)); };
constexpr auto append = [](auto& context) { x3::_val(context).push_back(std::move(x3::_attr(context))); };

constexpr auto set_text = [](auto& context) {
  x3::_val(context).assign(x3::_attr(context).begin(), x3::_attr(context).end());
};

// Spirit's own real parser may be off by a unit in the last place; from_chars is exact.
constexpr auto set_number = [](auto& context) {
  const auto& range = x3::_attr(context);
  const std::string digits(range.begin(), range.end());
  const auto [last, error] = std::from_chars(digits.data(), digits.data() + digits.size(), x3::_val(context));
  if (error != std::errc() || last != digits.data() + digits.size()) {
    throw x3::expectation_failure<std::string::const_iterator>(range.begin(), "a number that a double can hold");
  }
};

constexpr auto set_value = [](auto& context) { x3::_val(context) = x3::_attr(context); };
constexpr auto set_negative = [](auto& context) { x3::_val(context) = -x3::_attr(context); };
constexpr auto set_infinity = [](auto& context) { x3::_val(context) = std::numeric_limits<double>::infinity(); };

constexpr auto set_tensor = [](auto& context) { x3::_val(context).tensor = std::move(x3::_attr(context)); };
constexpr auto set_next = [](auto& context) { x3::_val(context).next = true; };
// Names that turn out to be no ranks are taken off by read_cascade, which knows.
void set_indices(TensorRef& read, std::vector<IndexExpression> indices) {
  IndexExpression lookup;
  lookup.kind = IndexExpression::Kind::kTable;
  lookup.name = read.tensor;
  lookup.arguments = std::move(indices);
  const bool plain = std::all_of(lookup.arguments.begin(), lookup.arguments.end(),
                                 [](const IndexExpression& each) { return each.kind == IndexExpression::Kind::kName; });
  read.ranks.clear();
  if (!plain) {
    read.ranks = reference_of(lookup).ranks;
    read.indices = std::move(lookup.arguments);
    return;
  }
  for (const IndexExpression& each : lookup.arguments) read.ranks.push_back(each.name);
}

constexpr auto set_ranks = [](auto& context) { set_indices(x3::_val(context), std::move(x3::_attr(context))); };

constexpr auto set_op = [](auto& context) { x3::_val(context).op = std::move(x3::_attr(context)); };
constexpr auto append_rank = [](auto& context) { x3::_val(context).ranks.push_back(std::move(x3::_attr(context))); };
constexpr auto set_reduction = [](auto& context) { x3::_val(context).reduction = std::move(x3::_attr(context)); };
constexpr auto set_scan = [](auto& context) { x3::_val(context).scans = true; };
constexpr auto set_map = [](auto& context) { x3::_val(context).map = std::move(x3::_attr(context)); };

// What a name is shows only by what follows it; until then it is a parameter.
constexpr auto set_name = [](auto& context) {
  Expression& value = x3::_val(context);
  value.name = std::move(x3::_attr(context));
  value.kind = Expression::Kind::kParameter;
};
constexpr auto prime_named = [](auto& context) { x3::_val(context).tensor.next = true; };
constexpr auto make_tensor = [](auto& context) {
  Expression& value = x3::_val(context);
  value.kind = Expression::Kind::kTensor;
  value.tensor.tensor = std::exchange(value.name, "");
  set_indices(value.tensor, std::move(x3::_attr(context)));
};
constexpr auto add_argument = [](auto& context) {
  Expression& value = x3::_val(context);
  value.kind = Expression::Kind::kCall;
  value.arguments.push_back(std::move(x3::_attr(context)));
};
constexpr auto make_parameter = [](auto& context) {
  Expression& value = x3::_val(context);
  if (value.name != "inf") return;
  value.name.clear();
  value.kind = Expression::Kind::kNumber;
  value.number = std::numeric_limits<double>::infinity();
};

constexpr auto make_number = [](auto& context) {
  x3::_val(context).kind = Expression::Kind::kNumber;
  x3::_val(context).number = x3::_attr(context);
};

Expression call(std::string function, std::vector<Expression> arguments) {
  Expression result;
  result.kind = Expression::Kind::kCall;
  result.name = std::move(function);
  result.arguments = std::move(arguments);
  return result;
}

constexpr auto negate = [](auto& context) {
  Expression& operand = x3::_attr(context);
  if (operand.kind == Expression::Kind::kNumber) {
    operand.number = -operand.number;
    x3::_val(context) = std::move(operand);
    return;
  }
  std::vector<Expression> arguments;
  arguments.push_back(std::move(operand));
  x3::_val(context) = call("neg", std::move(arguments));
};

// Joins what stands so far with the operand just read: operators of one precedence go from left to right.
constexpr auto join = [](const char* function) {
  return [function](auto& context) {
    std::vector<Expression> arguments;
    arguments.push_back(std::move(x3::_val(context)));
    arguments.push_back(std::move(x3::_attr(context)));
    x3::_val(context) = call(function, std::move(arguments));
  };
};

constexpr auto set_condition = [](auto& context) { x3::_val(context).condition = std::move(x3::_attr(context)); };
constexpr auto set_integer = [](auto& context) {
  x3::_val(context).kind = IndexExpression::Kind::kNumber;
  x3::_val(context).number = x3::_attr(context);
};
constexpr auto set_index_name = [](auto& context) {
  x3::_val(context).kind = IndexExpression::Kind::kName;
  x3::_val(context).name = std::move(x3::_attr(context));
};
constexpr auto add_index = [](IndexExpression::Kind kind) {
  return [kind](auto& context) {
    x3::_val(context).kind = kind;
    x3::_val(context).arguments.push_back(std::move(x3::_attr(context)));
  };
};

IndexExpression index_call(std::string function, std::vector<IndexExpression> arguments) {
  IndexExpression result;
  result.kind = IndexExpression::Kind::kCall;
  result.name = std::move(function);
  result.arguments = std::move(arguments);
  return result;
}

constexpr auto wrap_index = [](const char* function) {
  return [function](auto& context) { x3::_val(context) = index_call(function, {std::move(x3::_attr(context))}); };
};
constexpr auto join_index = [](const char* function) {
  return [function](auto& context) {
    x3::_val(context) = index_call(function, {std::move(x3::_val(context)), std::move(x3::_attr(context))});
  };
};

const auto keyword = [](const char* text) { return x3::lexeme[x3::lit(text) >> !x3::char_("a-zA-Z0-9_")]; };
const auto reserved = keyword("and") | keyword("or") | keyword("not") | keyword("div") | keyword("mod");
const auto digit_run = +x3::char_("0-9");
const auto word = x3::raw[x3::lexeme[x3::char_("a-zA-Z_") >> *x3::char_("a-zA-Z0-9_")]];

const auto name_def = word[set_text];
const auto rank_def = word[set_text];
const auto number_def = x3::raw[x3::lexeme[(digit_run >> -('.' >> *x3::char_("0-9")) | '.' >> digit_run) >>
                                           -(x3::char_("eE") >> -x3::char_("+-") >> digit_run)]][set_number];
const auto ranks_def = '[' > first_rank[set];
const auto first_rank_def = x3::lit(']') | (index[append] >> *(',' > index[append]) > close_ranks);
const auto index_def = index_sum[set];
const auto reference_def = name[set_tensor] >> -x3::lit('\'')[set_next] > ranks[set_ranks];
// A term after "op(a, b)" makes it a reduction; an operator or the end makes it a call.
const auto reduction_def = name[set_op] >> '(' >> (rank[append_rank] % ',') >> ')' >> &x3::char_("a-zA-Z0-9_.(") >>
                           !keyword("where");
const auto named_def = name[set_name] >>
                       ((x3::lit('\'')[prime_named] > ranks[make_tensor]) | ranks[make_tensor] |
                        ('(' > sum[add_argument] > *(',' > sum[add_argument]) > close_call) | x3::eps[make_parameter]);
const auto primary_def = number[make_number] | ('(' > sum[set] > close_group) | named[set];
const auto factor_def = ('-' > primary[negate]) | primary[set];
const auto product_def = factor[set] >> *(('*' > factor[join("mul")]) | ('/' > factor[join("div")]));
const auto sum_def = product[set] >> *(('+' > product[join("add")]) | ('-' > product[join("sub")]));
// Before a name that is no "where", "scan" is no parameter.
const auto scan = keyword("scan") >> &x3::char_("a-zA-Z_") >> !keyword("where");
const auto right_def = ((scan[set_scan] > reduction[set_reduction] > sum[set_map]) |
                        (reduction[set_reduction] > sum[set_map]) | sum[set_map]) >>
                       -(keyword("where") > condition[set_condition]);
const auto integer_def = x3::int64;
const auto index_named_def = name[set_index_name] >>
                             -(('[' > condition[add_index(IndexExpression::Kind::kTable)] >
                                *(',' > condition[add_index(IndexExpression::Kind::kTable)]) > close_indices) |
                               ('(' > condition[add_index(IndexExpression::Kind::kCall)] >
                                *(',' > condition[add_index(IndexExpression::Kind::kCall)]) > close_call));
const auto index_primary_def =
    integer[set_integer] | ('(' > condition[set] > close_group) | (!reserved >> index_named[set]);
const auto index_factor_def = ('-' > index_primary[wrap_index("neg")]) | index_primary[set];
const auto index_product_def = index_factor[set] >> *(('*' > index_factor[join_index("mul")]) |
                                                      (keyword("div") > index_factor[join_index("div")]) |
                                                      (keyword("mod") > index_factor[join_index("mod")]));
const auto index_sum_def = index_product[set] >>
                           *(('+' > index_product[join_index("add")]) | ('-' > index_product[join_index("sub")]));
const auto comparison_def = index_sum[set] >>
                            -(("<=" > index_sum[join_index("less_equal")]) |
                              (">=" > index_sum[join_index("greater_equal")]) |
                              ("==" > index_sum[join_index("equal")]) | ("!=" > index_sum[join_index("not_equal")]) |
                              ('<' > index_sum[join_index("less")]) | ('>' > index_sum[join_index("greater")]));
const auto negation_def = (keyword("not") > negation[wrap_index("not")]) | comparison[set];
const auto conjunction_rule_def = negation[set] >> *(keyword("and") > negation[join_index("and")]);
const auto condition_def = conjunction_rule[set] >> *(keyword("or") > conjunction_rule[join_index("or")]);
const auto close_indices_def = x3::lit(']');
const auto close_ranks_def = x3::lit(']');
const auto close_group_def = x3::lit(')');
const auto close_call_def = x3::lit(')');
const auto equals_def = x3::lit('=');
const auto end_def = x3::eoi;
const auto end_reference_def = x3::eoi;
const auto end_input_def = x3::eoi;
const auto default_value_def = ('-' > default_value[set_negative]) | number[set_value] | keyword("inf")[set_infinity];

BOOST_SPIRIT_DEFINE(name, rank, number, ranks, first_rank, reference, reduction, named, primary, factor, product, sum,
                    right, close_ranks, close_group, close_call, equals, end, end_reference, end_input, default_value)
BOOST_SPIRIT_DEFINE(integer, index_named, index_primary, index_factor, index_product, index_sum, comparison, negation,
                    conjunction_rule, condition, close_indices, index)

// A message is one line, whatever the text holds.
std::string shortened(std::string text) {
  constexpr std::size_t kShown = 80;
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; }, ' ');
  return text.size() <= kShown ? text : text.substr(0, kShown) + "...";
}

void refuse_too_large(const std::string& text, const common::Location& where) {
  if (text.size() > kMaxLength) {
    throw common::InputError(where, fmt::format("longer than {} characters (got {}); split it into several Einsums",
                                                kMaxLength, text.size()));
  }
  const auto operators = static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return std::string_view("+-*/(").find(c) != std::string_view::npos; }));
  if (operators > kMaxOperators) {
    throw common::InputError(where, fmt::format("more than {} operators and parentheses (got {}); split it into "
                                                "several Einsums",
                                                kMaxOperators, operators));
  }
}

template <typename Parser, typename... Attributes>
void parse(const std::string& text, const common::Location& where, const Parser& parser, Attributes&... attributes) {
  refuse_too_large(text, where);
  const auto fail = [&](const std::string& expected, std::string::const_iterator position) {
    position = std::find_if(position, text.end(), [](char c) { return c != ' ' && c != '\t' && c != '\n'; });
    throw common::InputError(where, fmt::format("expected {} at column {} (got \"{}\")", expected,
                                                position - text.begin() + 1, shortened(text)));
  };
  try {
    x3::phrase_parse(text.begin(), text.end(), parser, x3::ascii::space, attributes...);
  } catch (const x3::expectation_failure<std::string::const_iterator>& failure) {
    fail(failure.which(), failure.where());
  }
}

void collect_ranks(const Expression& expression, const std::vector<std::string>& except,
                   std::vector<std::string>& found) {
  for (const std::string& candidate : expression.tensor.ranks) {
    const bool known = std::find(except.begin(), except.end(), candidate) != except.end() ||
                       std::find(found.begin(), found.end(), candidate) != found.end();
    if (!known) found.push_back(candidate);
  }
  for (const Expression& argument : expression.arguments) collect_ranks(argument, except, found);
}

}  // namespace

Einsum parse_einsum(const std::string& text, const common::Location& where) {
  Einsum einsum;
  Right read;
  const auto set_output = [&](auto& context) { einsum.output = std::move(x3::_attr(context)); };
  const auto set_right = [&](auto& context) { read = std::move(x3::_attr(context)); };
  parse(text, where, x3::eps > reference[set_output] > equals > right[set_right] > end);
  einsum.name = einsum.output.tensor;
  einsum.reduction = std::move(read.reduction);
  if (read.scans) einsum.scan = std::exchange(einsum.reduction, std::nullopt);
  einsum.reduction_written = einsum.reduction.has_value();
  einsum.map = std::move(read.map);
  if (read.condition) einsum.predicate = Predicate{std::move(*read.condition), where};
  einsum.text = text;
  einsum.where = where;
  if (!einsum.reduction && !einsum.scan) {
    std::vector<std::string> summed;
    collect_ranks(einsum.map, einsum.output.ranks, summed);
    if (!summed.empty()) einsum.reduction = Reduction{"sum", summed};
  }
  return einsum;
}

Expression parse_expression(const std::string& text, const common::Location& where) {
  Expression result;
  const auto set_result = [&](auto& context) { result = std::move(x3::_attr(context)); };
  parse(text, where, x3::eps > sum[set_result] > end);
  return result;
}

Predicate parse_predicate(const std::string& text, const common::Location& where) {
  Predicate result;
  const auto set_result = [&](auto& context) { result.condition = std::move(x3::_attr(context)); };
  parse(text, where, x3::eps > condition[set_result] > end);
  result.where = where;
  return result;
}

IndexExpression parse_index(const std::string& text, const common::Location& where) {
  IndexExpression result;
  const auto set_result = [&](auto& context) { result = std::move(x3::_attr(context)); };
  parse(text, where, x3::eps > index_sum[set_result] > end);
  return result;
}

Input parse_input(const std::string& text, const common::Location& where) {
  Input result;
  const auto set_tensor_of = [&](auto& context) { result.tensor = std::move(x3::_attr(context)); };
  const auto set_default = [&](auto& context) { result.value = x3::_attr(context); };
  parse(text, where,
        x3::eps > reference[set_tensor_of] > -('=' > default_value[set_default] > end_reference) > end_input);
  return result;
}

TensorRef parse_tensor_ref(const std::string& text, const common::Location& where) {
  TensorRef result;
  const auto set_result = [&](auto& context) { result = std::move(x3::_attr(context)); };
  parse(text, where, x3::eps > reference[set_result] > end_reference);
  return result;
}

}  // namespace attnsim::workloads
